import sys
s=sys.stdin.read()
if "not_opened" not in s:
    a="    def __call__(self, request: HttpRequest) -> HttpResponse:\n        return self.get_response(request)\n\n    def process_exception"
    assert a in s
    s=s.replace("import answer_to\n","import answer_to, not_opened\n").replace(a,'''    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if answer.status_code != 405 or request.method != "GET":
            return answer
        # A button's own address, opened from a bookmark or after signing in again: else the window stays white.
        told = not_opened(request)
        told["Allow"] = answer["Allow"]
        return told

    def process_exception''')
sys.stdout.write(s)
