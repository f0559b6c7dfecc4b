"""Decisions by Cedar: one pack of readable rules, parsed and validated once.

A pack has one broad `permit` an action, and `forbid … unless` rules, so that a denial names every rule
that failed. Anything that Cedar cannot evaluate is a fault, and a fault is a denial: Cedar itself would
skip a `forbid` that errs, and so allow. Source: Cedar policy language reference, "Authorization", skip-on-error.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import cedarpy
import msgspec

from turnpike import config
from turnpike.access.errors import PackError
from turnpike.access.force_packs import BASE, pack_texts
from turnpike.access.rulings import Decision, Rule
from turnpike.accounts.services import Rank

if TYPE_CHECKING:
    from turnpike.accounts.services import Role, User

Fact = str | int | bool | Mapping[str, str | bool | int]
"""One thing that a decision is told: text, a whole number, yes or no, or a few named ones of these."""

_NO_FACTS: Mapping[str, Fact] = MappingProxyType({})
_JSON = msgspec.json.Encoder(order="sorted")
# An action that belongs to another in the schema; then a rule on the other is one on it as well.
_GROUPED_ACTIONS = re.compile(r"^action [^{]*\bin\b", re.MULTILINE)


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
    DecideOutside = "DecideOutside"
    CreateHotlist = "CreateHotlist"
    ProposeHotlistEntry = "ProposeHotlistEntry"
    AuthoriseHotlistEntry = "AuthoriseHotlistEntry"
    RefuseHotlistEntry = "RefuseHotlistEntry"
    WithdrawHotlistEntry = "WithdrawHotlistEntry"
    ViewHotlist = "ViewHotlist"
    GrantWatch = "GrantWatch"
    RevokeWatch = "RevokeWatch"
    SeeAlert = "SeeAlert"
    ActOnAlert = "ActOnAlert"
    ViewLog = "ViewLog"
    Disclose = "Disclose"
    RecordConsultation = "RecordConsultation"
    ProposeAgreement = "ProposeAgreement"
    DecideAgreement = "DecideAgreement"
    EndAgreement = "EndAgreement"
    AskWhoCouldSee = "AskWhoCouldSee"


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
        Action.DecideOutside: "Matter",
        Action.CreateHotlist: "Hotlist",
        Action.ProposeHotlistEntry: "Hotlist",
        Action.AuthoriseHotlistEntry: "Hotlist",
        Action.RefuseHotlistEntry: "Hotlist",
        Action.WithdrawHotlistEntry: "Hotlist",
        Action.ViewHotlist: "Hotlist",
        Action.GrantWatch: "Hotlist",
        Action.RevokeWatch: "Watch",
        Action.SeeAlert: "Alert",
        Action.ActOnAlert: "Alert",
        Action.ViewLog: "Log",
        Action.Disclose: "Agreement",
        Action.RecordConsultation: "Agreement",
        Action.ProposeAgreement: "Agreement",
        Action.DecideAgreement: "Agreement",
        Action.EndAgreement: "Agreement",
        Action.AskWhoCouldSee: "Log",
    }
)


FAULT = Rule("policy-fault", "The decision could not be made, so the answer is no: tell the administrator.")
NO_PERMIT = Rule("no-permit", "No rule allows this: ask the administrator what does.")


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """A parsed and validated set of rules."""

    version: str
    policies: cedarpy.PolicySet
    by_action: Mapping[str, cedarpy.PolicySet]
    """Of each action, the rules that can bear on it; any other action takes all of `policies`."""
    schema: cedarpy.Schema
    rules: Mapping[str, Rule]
    """By Cedar's own name of each policy, in their order."""
    schema_text: str
    policy_text: str


@lru_cache(maxsize=8)
def parse_pack(name: str, schema_text: str, policy_text: str) -> Pack:
    """The pack in two texts, checked; the same texts give the same pack, so that what was found out about it once is known.

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
    rules = {key: _rule(name, parsed[key].get("annotations", {})) for key in sorted(parsed, key=_place)}
    if len({rule.id for rule in rules.values()}) < len(rules):
        raise PackError(f"The policy pack {name} gives two rules one @id; rename one.")
    digest = hashlib.sha256(schema_text.encode() + b"\0" + policy_text.encode()).hexdigest()
    return Pack(
        f"{name}@{digest[:12]}",
        policies,
        MappingProxyType(_split(parsed, schema)),
        schema,
        MappingProxyType(rules),
        schema_text,
        policy_text,
    )


def _place(key: str) -> int:
    """The place of a policy in its text: Cedar calls them policy0, policy1 and so on."""
    return int(key.removeprefix("policy"))


def _split(parsed: Mapping[str, Mapping[str, Any]], schema: cedarpy.Schema) -> dict[str, cedarpy.PolicySet]:
    """The rules by the action that they bear on, so that a decision asks those alone.

    A rule whose scope names other actions only can never be satisfied, and Cedar would say nothing of it: leaving it out changes no
    decision, no reason and no error. Where actions are grouped in the schema, nothing is left out.
    """
    if _GROUPED_ACTIONS.search(str(schema)):
        return {}
    found = {}
    for action in Action:
        bearing = {key: policy for key, policy in parsed.items() if bears_on(policy["action"], action)}
        text = {"staticPolicies": bearing, "templates": {}, "templateLinks": []}
        found[action.value] = cedarpy.PolicySet.from_json_str(json.dumps(text))
    return found


def bears_on(scope: Mapping[str, Any], action: str) -> bool:
    """Whether a rule of that action scope can bear on the action; where the scope is of a kind not known here, it can."""
    if scope.get("op") not in {"==", "in"}:
        return True
    named = scope.get("entities") or [scope.get("entity")]
    return any(not isinstance(entity, dict) or entity.get("id") == action for entity in named)


def _rule(pack: str, annotations: Mapping[str, str]) -> Rule:
    rule = Rule(annotations.get("id", ""), annotations.get("says", ""))
    if not (rule.id and rule.says):
        raise PackError(f"The policy pack {pack} has a rule without @id or @says; give it both.")
    return rule


@lru_cache(maxsize=8)
def pack_named(choice: str) -> Pack:
    """The pack that a name or a folder's path chooses, as the setting `policy_pack` does; read and parsed on first use.

    Raises:
        PackError: there is none, or it is none.
    """
    texts = pack_texts(choice)
    return parse_pack(texts.name, texts.schema, texts.policy)


def base_pack() -> Pack:
    """The pack on which every force's is laid."""
    return pack_named(BASE)


def current_pack() -> Pack:
    """The pack that decides in this process."""
    return pack_named(config.load().policy_pack)


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
    pack = pack or current_pack()
    try:
        told = _JSON.encode({name: _plain(fact) for name, fact in context.items()}).decode()
        named = _JSON.encode(resource).decode()
    except (ValueError, TypeError, OverflowError) as error:  # what JSON cannot take, Cedar cannot either
        return Decision(allowed=False, rules=(FAULT,), pack_version=pack.version, fault=str(error))
    person = _person(user.username, user.is_active, user.rank, user.is_trained, user.roles)
    # What `decide_again` reads; put together from its parts, since the person's seldom changes and the context's is needed twice.
    asked = f'{{"action":"{action.value}","context":{told},"principal":{person},"resource":{named}}}'
    return _decided(_Question(user.username, person, action.value, resource, told, asked), pack)


def decide_again(asked: str, pack: Pack) -> Decision:
    """The decision about what was asked before, as `Decision.asked` keeps it, under any pack."""
    told = msgspec.json.decode(asked)
    person, context = (_JSON.encode(told[part]).decode() for part in ("principal", "context"))
    username = told["principal"]["uid"]["id"]
    return _decided(_Question(username, person, told["action"], told["resource"], context, asked), pack)


class _Question(NamedTuple):
    """What Cedar is asked; the person and the context as JSON."""

    username: str
    person: str
    action: str
    resource: str
    context: str
    asked: str


def _decided(question: _Question, pack: Pack) -> Decision:
    def faulty(fault: str) -> Decision:
        return Decision(
            allowed=False, rules=(FAULT,), pack_version=pack.version, fault=fault, asked=question.asked
        )

    try:
        result = cedarpy.is_authorized(
            {
                "principal": {"type": "User", "id": question.username},
                "action": {"type": "Action", "id": question.action},
                "resource": {"type": RESOURCE_TYPES[Action(question.action)], "id": question.resource},
                "context": question.context,
            },
            pack.by_action.get(question.action, pack.policies),
            _entities(question.person, pack),
            pack.schema,
        )
    except (ValueError, TypeError) as error:  # entities or context that the pack's schema does not take
        return faulty(str(error))
    if result.diagnostics.errors or result.decision is cedarpy.Decision.NoDecision:
        return faulty("; ".join(result.diagnostics.errors) or "no decision")
    # Cedar names its reasons in no order; the pack's order reads best and makes entries comparable.
    rules = tuple(pack.rules[key] for key in sorted(result.diagnostics.reasons, key=_place))
    return Decision(result.allowed, rules or (NO_PERMIT,), pack.version, asked=question.asked)


@lru_cache(maxsize=512)
def _entities(person: str, pack: Pack) -> cedarpy.Entities:
    """A person as Cedar knows them: parsed once for as long as nothing about them changes."""
    return cedarpy.Entities.from_json_str(f"[{person}]", pack.schema)


@lru_cache(maxsize=4096)
def _person(username: str, is_open: bool, rank: str, is_trained: bool, roles: frozenset[Role]) -> str:  # noqa: FBT001 - facts, not switches
    """A person as JSON, for as long as nothing about them changes."""
    told = {
        "uid": {"type": "User", "id": username},
        "attrs": {
            "username": username,
            "open": is_open,
            "rank": Rank(rank).level,
            "trained": is_trained,
        },
        "parents": [{"type": "Role", "id": role.value} for role in sorted(roles, key=str)],
    }
    return _JSON.encode(told).decode()


def _plain(fact: Fact) -> object:
    """A fact as the encoder takes it: a mapping of any kind as a dict."""
    kind = type(fact)
    return fact if kind is bool or kind is str or kind is int or not isinstance(fact, Mapping) else dict(fact)
