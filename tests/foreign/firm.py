"""A small firm for tests that play its people: two teams, a rep in each, and
a manager of one; and what each of them may ask, by names alone.

    with Server() as server:
        firm = Firm(server)
        firm.ann.make("Contact", family_name="Koval")
"""
import random
import uuid

from google.protobuf import (descriptor_pool, field_mask_pb2,
                             symbol_database)
from outriderd import grpc, refused

PASSWORD = "correct horse battery"
server = None


def message(name):
    """The class of a message of the contract."""
    found = descriptor_pool.Default().FindMessageTypeByName(
        f"outrider.v1.{name}")
    return symbol_database.Default().GetPrototype(found)


def new_id():
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


def snake(name):
    return "".join("_" + c.lower() if c.isupper() else c
                   for c in name).lstrip("_")


class Caller:
    """Somebody, and everything that they may ask."""

    def __init__(self, login):
        self.token = server.login(login, PASSWORD).access_token

    @classmethod
    def of(cls, token):
        caller = cls.__new__(cls)
        caller.token = token
        return caller

    def ask(self, service, method, **fields):
        stub = server.stub(f"{service}Service", self.token)
        asked = descriptor_pool.Default().FindServiceByName(
            f"outrider.v1.{service}Service").methods_by_name[method]
        return getattr(stub, method)(
            asked.input_type._concrete_class(**fields))

    def make(self, kind, request_id="", **fields):
        return self.ask(kind, f"Create{kind}", request_id=request_id,
                        **{snake(kind): message(kind)(**fields)})

    def change(self, kind, mask=(), **fields):
        return self.ask(
            kind, f"Update{kind}",
            update_mask=field_mask_pb2.FieldMask(paths=mask),
            **{snake(kind): message(kind)(**fields)})

    def get(self, kind, of):
        return self.ask(kind, f"Get{kind}", id=of)

    def no(self, code, method, *args, **fields):
        return refused(code, getattr(self, method), *args, **fields)

    def search(self, query, **fields):
        return self.ask("Search", "Search", query=query, **fields)

    def timeline(self, kind, of, **fields):
        return self.ask("Timeline", "GetTimeline", kind=kind, id=of, **fields)


def alike(do, there, nowhere):
    """The two refusals are the same, apart from the id that was asked."""
    said = []
    for of in (there, nowhere):
        try:
            said.append(repr(do(of)).replace(of, "ID"))
        except grpc.RpcError as error:
            trailer = dict(error.trailing_metadata() or ())
            said.append((error.code().name, error.details().replace(of, "ID"),
                         trailer.get("grpc-status-details-bin", b"").replace(
                             of.encode(), b"ID")))
    assert said[0] == said[1], said
    return said[0]


class Firm:
    """Two teams; Ann and her manager in the north, Bob in the south."""

    def __init__(self, of):
        global server
        server = of
        root = self.root = Caller("root")
        self.north = root.make("Team", display_name="North").id
        self.south = root.make("Team", display_name="South").id
        self.ids = {}
        for login, rank, team in (("ann", "RANK_REP", self.north),
                                  ("bob", "RANK_REP", self.south),
                                  ("max", "RANK_MANAGER", self.north)):
            self.ids[login] = root.make(
                "User", display_name=login, login_name=login, rank=rank,
                member_of_team_id=team).id
            root.ask("Auth", "SetPassword", user_id=self.ids[login],
                     new_password=PASSWORD)
        self.ann, self.bob, self.max = map(Caller, ("ann", "bob", "max"))
        self.pipeline = root.make("Pipeline", display_name="Sales").id
        self.stages = [root.make("Stage", display_name=f"S{i}",
                                 pipeline_id=self.pipeline, position=i).id
                       for i in range(2)]

    def give_role(self, login, **fields):
        """A caller who has a role of their own."""
        role = self.root.make("Role", display_name=f"of {login}", **fields)
        self.root.change("User", ["role_id"], id=self.ids[login],
                         role_id=role.id)
        return role

    def take_role(self, login):
        self.root.change("User", ["role_id"], id=self.ids[login])
