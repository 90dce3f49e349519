"""Whatever is lost on the way to a security profile, the charger is never locked out, and never let in with less.

The charger of this model does what the white paper says: it keeps the newest key and the highest profile that it has
accepted, and shows exactly these when it dials.
"""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.core.admission import judge, needed
from knx_ocpp_bridge.core.commands import (
    AskForCertificateRequest,
    CertificateSigned,
    ChangeConfiguration,
    Command,
    InstallCertificate,
)
from knx_ocpp_bridge.core.events import (
    CertificateAsked,
    CertificateIssued,
    LinkOpened,
    Origin,
    Outcome,
    SecureAsked,
)
from knx_ocpp_bridge.core.security import Proof, SecurityProfile, digests
from knx_ocpp_bridge.core.values import LinkNumber
from tests.kit.life import Life

FATES = ("accepts", "refuses", "accepts, answer lost", "never hears it")
PROFILES = (SecurityProfile.BASIC, SecurityProfile.TLS_BASIC, SecurityProfile.TLS_CLIENT)
TOLD = (InstallCertificate, ChangeConfiguration, AskForCertificateRequest, CertificateSigned)


@dataclass
class Box:
    """A charger with a key and a profile, and the bridge that it dials."""

    life: Life = field(default_factory=Life)
    key: str = ""
    profile: SecurityProfile = SecurityProfile.OPEN
    least: SecurityProfile = SecurityProfile.OPEN
    keys: int = 0
    certificate: bool = False
    requests: int = 0

    def __post_init__(self) -> None:
        self.life.silent |= set(TOLD)
        self.dials()

    @property
    def proof(self) -> Proof:
        if self.profile is SecurityProfile.OPEN:
            return Proof()
        if self.profile is SecurityProfile.TLS_CLIENT:
            return Proof(tls=True, certificate="GARAGE")
        tls = self.profile is SecurityProfile.TLS_BASIC
        return Proof(tls=tls, user=b"GARAGE", password=bytes.fromhex(self.key))

    def let_in(self, proof: Proof) -> bool:
        return judge(self.life.charger.settings, self.life.charger.security, proof) is None

    def dials(self) -> None:
        assert self.let_in(self.proof), "the charger is never locked out"
        life = self.life
        life.links += 1
        life.link = LinkNumber(life.links)
        life.unanswered.clear()
        life.happens(LinkOpened(life.link, "192.0.2.7", self.proof))
        life.boots()
        life.passes(3)
        asked = needed(life.charger.settings, life.charger.security)
        assert asked >= self.least, "what was reached once is never given up"
        self.least = asked

    def secures(self, profile: SecurityProfile) -> None:
        self.keys += 1
        key = f"{self.keys:040X}"
        made = digests(key, key[-8:].encode())
        if profile is SecurityProfile.TLS_CLIENT:
            key, made = "", ()
        self.life.happens(SecureAsked(profile, key, made, "", Origin.CLI, self.keys))

    def meets(self, fate: str) -> None:
        """The oldest command meets its fate."""
        waiting = [one for one in self.life.unanswered if isinstance(one, TOLD)]
        if not waiting:
            return
        if fate.startswith("accepts"):
            self.takes(waiting[0])
        match fate:
            case "accepts":
                self.life.replies("Accepted")
            case "refuses":
                self.life.replies("Rejected")
            case _:
                self.life.replies(Outcome.TIMED_OUT)

    def takes(self, command: Command) -> None:
        match command:
            case ChangeConfiguration("AuthorizationKey", key):
                self.key = key
            case ChangeConfiguration("SecurityProfile", profile):
                reached = SecurityProfile(int(profile))
                if reached is not SecurityProfile.TLS_CLIENT or self.certificate:
                    self.profile = max(self.profile, reached)
            case CertificateSigned():
                self.certificate = True
            case _:
                pass

    def asks_for_a_certificate(self) -> None:
        """Its request, and the authority's certificate at once."""
        life = self.life
        assert life.link is not None
        self.requests += 1
        if life.happens(CertificateAsked(life.link, f"csr-{self.requests}", "CSR")).sign:
            life.happens(CertificateIssued("CHAIN"))


STEP = st.one_of(
    st.sampled_from(PROFILES).map(lambda profile: ("secure", profile)),
    st.sampled_from(FATES).map(lambda fate: ("fate", fate)),
    st.sampled_from(["dial", "restart", "cut", "csr"]).map(lambda what: (what, None)),
)
SECURED = [("secure", SecurityProfile.BASIC), *[("fate", "accepts")] * 2, ("dial", None)]
CERTIFIED = [("secure", SecurityProfile.TLS_CLIENT), ("fate", "accepts"), ("csr", None), *[("fate", "accepts")] * 2]
BEGINNINGS = ([], SECURED, CERTIFIED, [*SECURED, *CERTIFIED])
STEPS = st.tuples(st.sampled_from(BEGINNINGS), st.lists(STEP, max_size=40)).map(lambda parts: [*parts[0], *parts[1]])


@settings(max_examples=400)
@given(STEPS)
def test_a_charger_on_its_way_to_a_profile_is_never_locked_out(steps: list[tuple[str, object]]) -> None:
    box = Box()
    for what, how in steps:
        match what, how:
            case "secure", SecurityProfile() as profile:
                box.secures(profile)
            case "fate", str(fate):
                box.meets(fate)
            case "csr", _:
                if box.life.link is not None:
                    box.asks_for_a_certificate()
            case "restart", _:
                box.life.restarts()
                box.dials()
            case "cut", _:
                if box.life.link is not None:
                    box.life.disconnects()
                box.dials()
            case _:
                box.dials()
    box.dials()
    if box.profile is not SecurityProfile.OPEN and box.least >= box.profile:
        wrong = Proof(tls=True, user=b"GARAGE", password=b"wrong")
        assert not box.let_in(wrong)
        assert not box.let_in(Proof())
