"""A server of its own for a test, and Debian's python3-grpcio as its client.

    with Server() as server:
        server.login()
        contact = server.contacts.CreateContact(...)

Needs OUTRIDER_SOURCE and OUTRIDER_BUILD, as ctest sets them.
"""
import os
import signal
import subprocess
import sys
import tempfile

import grpc

SOURCE = os.environ["OUTRIDER_SOURCE"]
BUILD = os.environ["OUTRIDER_BUILD"]
OUTRIDERD = os.path.join(BUILD, "bin", "outriderd")
PASSWORD = "correct horse battery"
WAIT_S = 60


def make_stubs():
    """Python messages of the contract, in the build tree."""
    where = os.path.join(BUILD, "tests", "foreign", "python")
    protos = []
    # Not proto/grpc: that package would stand in grpcio's light.
    for folder, _, names in os.walk(os.path.join(SOURCE, "proto", "outrider")):
        protos += [os.path.join(folder, n) for n in names
                   if n.endswith(".proto")]
    newest = max(os.path.getmtime(p) for p in protos)
    stamp = os.path.join(where, "made")
    if not os.path.exists(stamp) or os.path.getmtime(stamp) < newest:
        os.makedirs(where, exist_ok=True)
        # Tests may run side by side: each file comes whole.
        with tempfile.TemporaryDirectory(dir=where) as made:
            subprocess.run(["protoc", "-I", os.path.join(SOURCE, "proto"),
                            f"--python_out={made}", *sorted(protos)],
                           check=True)
            for folder, _, names in os.walk(made):
                to = os.path.join(where, os.path.relpath(folder, made))
                os.makedirs(to, exist_ok=True)
                for name in names:
                    os.replace(os.path.join(folder, name),
                               os.path.join(to, name))
        with open(stamp, "w", encoding="utf-8"):
            pass
    sys.path.insert(0, where)


make_stubs()
from google.protobuf import message_factory  # noqa: E402
from google.protobuf import descriptor_pool  # noqa: E402
from outrider.v1 import alert_pb2, auth_pb2, company_pb2  # noqa: E402,F401
from outrider.v1 import contact_pb2, meeting_pb2, sync_pb2  # noqa: E402,F401
from outrider.v1 import visit_pb2, user_pb2, note_pb2  # noqa: E402,F401


class Stub:
    """Every method of a service, by name, out of its descriptor."""

    def __init__(self, channel, service, metadata=None):
        found = descriptor_pool.Default().FindServiceByName(service)
        factory = message_factory.MessageFactory()
        for method in found.methods:
            path = f"/{service}/{method.name}"
            kind = (channel.unary_stream if method.server_streaming
                    else channel.unary_unary)
            call = kind(
                path,
                request_serializer=lambda m: m.SerializeToString(),
                response_deserializer=factory.GetPrototype(
                    method.output_type).FromString)
            setattr(self, method.name, self.bind(call, metadata))

    @staticmethod
    def bind(call, metadata):
        def bound(request, timeout=WAIT_S, metadata=metadata):
            return call(request, timeout=timeout, metadata=metadata)
        return bound


class Server:
    """outriderd on a fresh database and any free port of loopback."""

    def __init__(self, *flags, program=OUTRIDERD, env=None):
        self.program = program
        self.flags = list(flags)
        self.env = env
        self.folder = tempfile.TemporaryDirectory(prefix="outrider-test-")
        self.db = os.path.join(self.folder.name, "firm.db")
        self.process = None
        self.channel = None
        self.token = None
        self.init()

    def init(self):
        password = os.path.join(self.folder.name, "password")
        with open(password, "w", encoding="utf-8") as file:
            file.write(PASSWORD + "\n")
        subprocess.run([self.program, "init", "--db", self.db, "--admin",
                        "root", "--password-file", password], check=True,
                       stdout=subprocess.DEVNULL, env=self.env)

    def start(self, listen="127.0.0.1:0"):
        self.process = subprocess.Popen(
            [self.program, "serve", "--db", self.db, "--listen", listen,
             *self.flags],
            stdout=subprocess.PIPE, text=True, env=self.env)
        line = self.process.stdout.readline()
        if not line.startswith("outriderd: listening on "):
            raise RuntimeError(f"outriderd did not start: {line!r}")
        self.address = line.split()[-1]
        self.connect()

    def connect(self):
        if self.channel:
            self.channel.close()
        self.channel = grpc.insecure_channel(self.address)

    def stub(self, service, token=None):
        token = token or self.token
        metadata = [("authorization", f"Bearer {token}")] if token else None
        return Stub(self.channel, f"outrider.v1.{service}", metadata)

    def login(self, name="root", password=PASSWORD):
        """Signs in; what is asked for later carries the token."""
        answer = Stub(self.channel, "outrider.v1.AuthService").Login(
            auth_pb2.LoginRequest(login_name=name, password=password))
        self.token = answer.access_token
        return answer

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=WAIT_S)
        self.process.stdout.close()
        return code

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        self.channel.close()
        if self.process.poll() is None:
            code = self.stop()
            if code != 0 and kind is None:
                raise RuntimeError(f"outriderd ended with {code}")
        self.folder.cleanup()
