"""Half of the example `distributed`: an agent in Python, traced with the OpenInference SDK, that calls a service in Rust.

    cargo run -p service-examples --bin distributed
    "$(scripts/openinference-python)" examples/services/distributed/client.py

Both send their spans to Phoenix on their own; `traceparent` in the request makes one trace of them.
"""

import json
import os
import sys
import urllib.request
import uuid

from openinference.instrumentation import using_session, using_user
from opentelemetry.propagate import inject
from opentelemetry.trace import StatusCode
from phoenix.otel import register

SERVICE = os.environ.get("SERVICE", "http://127.0.0.1:8081")
PHOENIX = os.environ.get("PHOENIX_COLLECTOR_ENDPOINT", "http://localhost:6006").rstrip("/")


def ask_service(question: str, session: str) -> dict:
    # Session and user are no part of `traceparent`: who calls a service of another team sends them in words both know.
    body = json.dumps({"question": question, "session": session, "user": "ada"}).encode()
    headers = {"content-type": "application/json"}
    inject(headers)
    # The service is next door: a proxy of the environment has no business in between.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(f"{SERVICE}/answer", body, headers), timeout=60) as answer:
        return json.load(answer)


def main() -> None:
    question = sys.argv[1] if len(sys.argv) > 1 else "Where is my order 1042?"
    session = f"distributed-{uuid.uuid4()}"
    provider = register(
        endpoint=f"{PHOENIX}/v1/traces", protocol="http/protobuf", batch=True, verbose=False,
        set_global_tracer_provider=False,
    )
    tracer = provider.get_tracer("distributed-client")
    with using_session(session), using_user("ada"):
        with tracer.start_as_current_span("python_agent", openinference_span_kind="agent") as span:
            span.set_input(question)
            answer = ask_service(question, session)
            span.set_output(answer["answer"])
            span.set_status(StatusCode.OK)
            print(f"{answer['answer']}\ntrace {span.get_span_context().trace_id:032x}")
    provider.shutdown()


if __name__ == "__main__":
    main()
