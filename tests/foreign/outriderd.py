"""A server of its own for a test, and Debian's python3-grpcio as its client.

    with Server() as server:
        server.login()
        contact = server.contacts.CreateContact(...)

Needs OUTRIDER_SOURCE and OUTRIDER_BUILD, as ctest sets them.
"""
import importlib
import os
import signal
import struct
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
from google.protobuf import descriptor_pool  # noqa: E402
from outrider.v1 import alert_pb2, auth_pb2, company_pb2  # noqa: E402,F401
from outrider.v1 import contact_pb2, meeting_pb2, sync_pb2  # noqa: E402,F401
from outrider.v1 import note_pb2, options_pb2, user_pb2  # noqa: E402,F401
from outrider.v1 import visit_pb2  # noqa: E402,F401
from outrider.v1 import alert_delivery_pb2, look_pb2  # noqa: E402,F401
from outrider.v1 import position_pb2  # noqa: E402,F401

# The whole contract into the pool of descriptors.
for name in sorted(os.listdir(os.path.join(SOURCE, "proto", "outrider",
                                           "v1"))):
    importlib.import_module(f"outrider.v1.{name.removesuffix('.proto')}_pb2")


class Stub:
    """Every method of a service, by name, out of its descriptor."""

    def __init__(self, channel, service, metadata=None):
        found = descriptor_pool.Default().FindServiceByName(service)
        for method in found.methods:
            path = f"/{service}/{method.name}"
            kind = (channel.unary_stream if method.server_streaming
                    else channel.unary_unary)
            call = kind(
                path,
                request_serializer=lambda m: m.SerializeToString(),
                response_deserializer=method.output_type
                ._concrete_class.FromString)
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

    def has_heard(self):
        """Returns when all calls begun on this channel are at the server:
        what goes over one connection comes in its order."""
        self.channel.unary_unary("/grpc.health.v1.Health/Check")(
            b"", timeout=WAIT_S)

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


def set_demo_clock(path, unix_us):
    """In place: a program that has the file mapped dies where it is cut."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    os.pwrite(file, struct.pack("=q", unix_us), 0)
    os.close(file)


def fields(data):
    """The fields of a protobuf message: number -> list of values."""
    found, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        tag = varint()
        if tag & 7 == 0:
            value = varint()
        else:
            assert tag & 7 == 2, tag
            size = varint()
            value = data[at:at + size]
            at += size
        found.setdefault(tag >> 3, []).append(value)
    return found


class Refusal:
    """A failed call: its code, its text and the details of its trailer."""

    def __init__(self, error):
        self.code = error.code().name
        self.text = error.details()
        self.reason = None
        self.retry = False
        self.fields = []
        details = dict(error.trailing_metadata() or ()).get(
            "grpc-status-details-bin")
        if not details:
            return
        status = fields(details)
        assert status[1] == [error.code().value[0]], status
        for any_value in map(fields, status.get(3, [])):
            kind = any_value[1][0].decode().split("google.rpc.")[1]
            value = fields(any_value[2][0])
            if kind == "ErrorInfo":
                self.reason = value[1][0].decode()
            elif kind == "BadRequest":
                self.fields += [fields(v)[1][0].decode() for v in value[1]]
            elif kind == "RetryInfo":
                self.retry = True

    def __repr__(self):
        return (f"{self.code} {self.text!r} reason={self.reason} "
                f"fields={self.fields}")


def refused(code, call, *args, **kwargs):
    """The call must fail with this code; answers the Refusal."""
    try:
        answer = call(*args, **kwargs)
        if hasattr(answer, "__next__"):
            answer = list(answer)
    except grpc.RpcError as error:
        refusal = Refusal(error)
        assert refusal.code == code, f"wanted {code}, got {refusal}"
        return refusal
    raise AssertionError(f"wanted {code}, got an answer: {answer}")


def run_tests(*tests):
    """Runs each; says which one failed, and exits 1 then."""
    import traceback
    failed = 0
    for test in tests:
        try:
            test()
            print(f"ok    {test.__name__}", flush=True)
        except Exception:  # of any kind: a test failed
            failed += 1
            traceback.print_exc()
            print(f"FAIL  {test.__name__}", flush=True)
    sys.exit(1 if failed else 0)
