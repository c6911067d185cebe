"""What a failed request says of the way to the controller. Reads what `requests` raises; asks nobody."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

import requests

from kiosk.link_trouble import Cause, LinkTrouble

NOT_YET_VALID, EXPIRED, OTHER_NAME = 9, 10, 62
"""X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_HOSTNAME_MISMATCH: openssl/x509_vfy.h."""

DATED = (NOT_YET_VALID, EXPIRED)

UNREACHABLE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.ENETDOWN)

HANG_UPS = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)


def trouble_of(error: requests.RequestException, host: str) -> LinkTrouble:
    """Why a request got no answer."""
    for one in _causes(error):
        if (found := _trouble_of(one, host)) is not None:
            return found
    return LinkTrouble(Cause.BROKE, f"the connection to {host} broke")


def is_about_dates(error: requests.RequestException) -> bool:
    """Whether a certificate was refused for its dates, so that a wrong clock may be at fault."""
    return any(isinstance(one, ssl.SSLCertVerificationError) and one.verify_code in DATED for one in _causes(error))


def is_hang_up(error: requests.RequestException) -> bool:
    """Whether the other side ended the connection instead of answering."""
    return any(isinstance(one, HANG_UPS) for one in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what brought it about, the innermost first: it knows most."""
    deeper = error.__cause__ or error.__context__
    if deeper is not None:
        yield from _causes(deeper)
    yield error


def _trouble_of(error: BaseException, host: str) -> LinkTrouble | None:
    match error:
        case ssl.SSLCertVerificationError():
            return LinkTrouble(Cause.CERTIFICATE, f"the certificate of {host} {_REFUSALS.get(error.verify_code, _UNTRUSTED)}")
        case ssl.SSLError():
            return LinkTrouble(Cause.CERTIFICATE, f"what answers at {host} does not speak HTTPS as it should")
        case socket.gaierror():
            return LinkTrouble(Cause.NO_NAME, f"the name {host} is not found")
        case ConnectionRefusedError():
            return LinkTrouble(Cause.NOTHING_ANSWERS, f"nothing answers at {host}")
        case OSError(errno=number) if number in UNREACHABLE:
            return LinkTrouble(Cause.NO_ROUTE, f"this network does not lead to {host}")
        case TimeoutError() | requests.Timeout():
            return LinkTrouble(Cause.SILENT, f"no answer came from {host}")
    return None


_UNTRUSTED = "is signed by nobody whom this display trusts"
_REFUSALS = {
    NOT_YET_VALID: "is not valid yet",
    EXPIRED: "has expired",
    OTHER_NAME: "is for another name",
}
