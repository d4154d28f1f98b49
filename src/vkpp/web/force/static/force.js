// Two comforts that nothing depends on: how far an upload is, and results that come by themselves.
(function () {
  "use strict";

  function follow(box) {
    var wait = 1000;
    function look() {
      fetch(box.dataset.state, { credentials: "same-origin", redirect: "error" })
        .then(function (answer) { return answer.json(); })
        .then(function (said) {
          if (!said.checking) { location.replace(location.pathname); return; }
          wait = Math.min(wait * 1.3, 6000);
          setTimeout(look, wait);
        })
        .catch(function () { setTimeout(look, 6000); });
    }
    setTimeout(look, wait);
  }

  function size(files) {
    return Array.prototype.reduce.call(files, function (sum, one) { return sum + one.size; }, 0);
  }

  // What stood in the way, in the server's own page: its main part takes the place of ours.
  function refused(text) {
    var page = new DOMParser().parseFromString(text, "text/html");
    var main = document.importNode(page.getElementById("main"), true);
    document.title = page.title;
    document.getElementById("main").replaceWith(main);
    main.querySelectorAll("form[data-most]").forEach(upload);
    var summary = main.querySelector(".govuk-error-summary") || main;
    summary.setAttribute("tabindex", "-1");
    summary.focus();
  }

  function upload(form) {
    var input = form.querySelector("input[type=file]");
    var status = form.querySelector("[data-progress]");
    var bar = status.querySelector("progress");
    var words = status.querySelector("[role=status]");
    form.addEventListener("submit", function (event) {
      var most = Number(form.dataset.most);
      if (!input.files.length) return;
      event.preventDefault();
      if (size(input.files) > most) {
        status.hidden = false;
        bar.hidden = true;
        words.textContent = status.dataset.tooMuch;
        return;
      }
      var request = new XMLHttpRequest();
      form.querySelector("button").disabled = true;
      status.hidden = false;
      bar.hidden = false;
      request.upload.addEventListener("progress", function (now) {
        if (!now.lengthComputable) return;
        bar.value = Math.round(100 * now.loaded / now.total);
        if (bar.value >= 100) words.textContent = status.dataset.arrived;
      });
      request.addEventListener("load", function () {
        if (request.status < 400 && request.responseURL !== location.href) { location.assign(request.responseURL); return; }
        refused(request.responseText);
      });
      request.addEventListener("error", function () {
        form.querySelector("button").disabled = false;
        bar.hidden = true;
        words.textContent = status.dataset.broken;
      });
      words.textContent = status.dataset.sending;
      request.open("POST", location.href);
      request.send(new FormData(form));
    });
  }

  document.querySelectorAll("[data-state]").forEach(follow);
  document.querySelectorAll("form[data-most]").forEach(upload);
})();
