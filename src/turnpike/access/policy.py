"""Decisions by Cedar: one pack of readable rules, parsed and validated once.

A pack has one broad `permit` an action, and `forbid … unless` rules, so that a denial names every rule
that failed. Anything that Cedar cannot evaluate is a fault, and a fault is a denial: Cedar itself would
skip a `forbid` that errs, and so allow. Source: Cedar policy language reference, "Authorization", skip-on-error.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import cedarpy

from turnpike.access.errors import PackError
from turnpike.access.rulings import Decision, Rule
from turnpike.accounts.services import Rank

if TYPE_CHECKING:
    from turnpike.accounts.services import User

Fact = str | int | bool | Mapping[str, str | bool | int]
"""One thing that a decision is told: text, a whole number, yes or no, or a few named ones of these."""

_NO_FACTS: Mapping[str, Fact] = MappingProxyType({})


class Action(StrEnum):
    """What the door decides about; the values are the pack's action names."""

    OpenRequest = "OpenRequest"
    Search = "Search"
    ViewRead = "ViewRead"
    ViewPatch = "ViewPatch"
    ExportReads = "ExportReads"
    AuthoriseRequest = "AuthoriseRequest"
    RefuseRequest = "RefuseRequest"
    DelegateAuthority = "DelegateAuthority"
    ReviewEmergency = "ReviewEmergency"
    CreateHotlist = "CreateHotlist"
    ProposeHotlistEntry = "ProposeHotlistEntry"
    AuthoriseHotlistEntry = "AuthoriseHotlistEntry"
    WithdrawHotlistEntry = "WithdrawHotlistEntry"
    ViewHotlist = "ViewHotlist"
    GrantWatch = "GrantWatch"
    RevokeWatch = "RevokeWatch"
    SeeAlert = "SeeAlert"
    ActOnAlert = "ActOnAlert"
    ViewLog = "ViewLog"


RESOURCE_TYPES: Mapping[Action, str] = MappingProxyType(
    {
        Action.OpenRequest: "Request",
        Action.Search: "Request",
        Action.ViewRead: "Request",
        Action.ViewPatch: "Request",
        Action.ExportReads: "Request",
        Action.AuthoriseRequest: "Request",
        Action.RefuseRequest: "Request",
        Action.DelegateAuthority: "User",
        Action.ReviewEmergency: "Request",
        Action.CreateHotlist: "Hotlist",
        Action.ProposeHotlistEntry: "Hotlist",
        Action.AuthoriseHotlistEntry: "Hotlist",
        Action.WithdrawHotlistEntry: "Hotlist",
        Action.ViewHotlist: "Hotlist",
        Action.GrantWatch: "Hotlist",
        Action.RevokeWatch: "Watch",
        Action.SeeAlert: "Alert",
        Action.ActOnAlert: "Alert",
        Action.ViewLog: "Log",
    }
)


FAULT = Rule("policy-fault", "The decision could not be made, so the answer is no: tell the administrator.")
NO_PERMIT = Rule("no-permit", "No rule allows this: ask the administrator what does.")


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """A parsed and validated set of rules."""

    version: str
    policies: cedarpy.PolicySet
    schema: cedarpy.Schema
    rules: Mapping[str, Rule]
    """By Cedar's own name of each policy."""
    schema_text: str
    policy_text: str


def parse_pack(name: str, schema_text: str, policy_text: str) -> Pack:
    """The pack in two texts, checked.

    Raises:
        PackError: it does not parse, does not fit its schema, or a rule lacks its name or its sentence.
    """
    try:
        schema = cedarpy.Schema.from_str(schema_text)
        policies = cedarpy.PolicySet.from_str(policy_text)
        parsed = json.loads(cedarpy.policies_to_json_str(policy_text))["staticPolicies"]
    except ValueError as error:
        raise PackError(f"The policy pack {name} does not parse; mend it: {error}.") from error
    validated = cedarpy.validate_policies(policy_text, schema)
    if not validated.validation_passed:
        faults = "; ".join(str(fault) for fault in validated.errors)
        raise PackError(f"The policy pack {name} does not fit its schema; mend it: {faults}.")
    rules = {key: _rule(name, policy["annotations"]) for key, policy in parsed.items()}
    if len({rule.id for rule in rules.values()}) < len(rules):
        raise PackError(f"The policy pack {name} gives two rules one @id; rename one.")
    digest = hashlib.sha256(schema_text.encode() + b"\0" + policy_text.encode()).hexdigest()
    return Pack(f"{name}@{digest[:12]}", policies, schema, MappingProxyType(rules), schema_text, policy_text)


def _rule(pack: str, annotations: Mapping[str, str]) -> Rule:
    rule = Rule(annotations.get("id", ""), annotations.get("says", ""))
    if not (rule.id and rule.says):
        raise PackError(f"The policy pack {pack} has a rule without @id or @says; give it both.")
    return rule


@lru_cache(maxsize=1)
def base_pack() -> Pack:
    """The pack that this package carries, parsed on first use."""
    folder = resources.files("turnpike.access") / "packs" / "base"
    return parse_pack(
        "base",
        (folder / "schema.cedarschema").read_text(encoding="utf-8"),
        (folder / "policy.cedar").read_text(encoding="utf-8"),
    )


def decide(
    user: User,
    action: Action,
    resource: str,
    context: Mapping[str, Fact] = _NO_FACTS,
    *,
    pack: Pack | None = None,
) -> Decision:
    """The decision about one person, action and thing; nothing is recorded here.

    `resource` names the thing (a request's number, a list's slug); `context` holds exactly the facts that the
    pack's schema asks for. Whatever does not fit the schema is a denial with `fault` set, never an exception.
    """
    pack = pack or base_pack()
    told = {
        "principal": _person(user),
        "action": action.value,
        "resource": resource,
        "context": {
            name: dict(fact) if isinstance(fact, Mapping) else fact for name, fact in context.items()
        },
    }
    try:
        asked = json.dumps(told, sort_keys=True, allow_nan=False)
    except (ValueError, TypeError) as error:  # what JSON cannot take, Cedar cannot either
        return Decision(allowed=False, rules=(FAULT,), pack_version=pack.version, fault=str(error))
    return _decided(told, asked, pack)


def decide_again(asked: str, pack: Pack) -> Decision:
    """The decision about what was asked before, as `Decision.asked` keeps it, under any pack."""
    return _decided(json.loads(asked), asked, pack)


def _decided(told: Mapping[str, Any], asked: str, pack: Pack) -> Decision:
    def faulty(fault: str) -> Decision:
        return Decision(allowed=False, rules=(FAULT,), pack_version=pack.version, fault=fault, asked=asked)

    try:
        result = cedarpy.is_authorized(
            {
                "principal": told["principal"]["uid"],
                "action": {"type": "Action", "id": told["action"]},
                "resource": {"type": RESOURCE_TYPES[Action(told["action"])], "id": told["resource"]},
                "context": told["context"],
            },
            pack.policies,
            _entities(json.dumps(told["principal"], sort_keys=True), pack),
            pack.schema,
        )
    except (ValueError, TypeError) as error:  # entities or context that the pack's schema does not take
        return faulty(str(error))
    if result.diagnostics.errors or result.decision is cedarpy.Decision.NoDecision:
        return faulty("; ".join(result.diagnostics.errors) or "no decision")
    # Cedar names its reasons in no order; the pack's order reads best and makes entries comparable.
    reasons = set(result.diagnostics.reasons)
    rules = tuple(rule for key, rule in pack.rules.items() if key in reasons)
    return Decision(result.allowed, rules or (NO_PERMIT,), pack.version, asked=asked)


@lru_cache(maxsize=512)
def _entities(person: str, pack: Pack) -> cedarpy.Entities:
    """A person as Cedar knows them: parsed once for as long as nothing about them changes."""
    return cedarpy.Entities.from_json_str(f"[{person}]", pack.schema)


def _person(user: User) -> dict[str, object]:
    return {
        "uid": {"type": "User", "id": user.username},
        "attrs": {
            "username": user.username,
            "open": user.is_active,
            "rank": Rank(user.rank).level,
            "trained": user.is_trained,
        },
        "parents": [{"type": "Role", "id": role.value} for role in sorted(user.roles, key=str)],
    }
