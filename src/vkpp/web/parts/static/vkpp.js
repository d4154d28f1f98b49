// Warns before the session ends. Nothing depends on it: without it the typed words are kept when the form is sent.
(function () {
  "use strict";
  var dialog = document.getElementById("timeout");
  if (!dialog || !dialog.showModal) return;
  var whole = Number(dialog.dataset.minutes) * 60000;
  var warnBefore = Math.min(120000, whole / 3);
  var timer;

  function start() {
    clearTimeout(timer);
    timer = setTimeout(function () { dialog.showModal(); }, whole - warnBefore);
  }
  dialog.querySelector("button").addEventListener("click", function () {
    fetch(dialog.dataset.here, { credentials: "same-origin", redirect: "manual" }).then(start, start);
    dialog.close();
  });
  start();
})();
