"""Certificates good and bad, and a server that shows one."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)
LOCALHOST = "localhost"


class Authority:
    """Signs certificates; whoever is given `bundle` trusts it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = generate_private_key(SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Marquee's tests")])
        always = (datetime.now(UTC) - 3650 * DAY, datetime.now(UTC) + 3650 * DAY)
        of_its_own = self._signed(self._name, self._key, always, x509.BasicConstraints(ca=True, path_length=None))
        self.bundle = folder / "authority.pem"
        self.bundle.write_bytes(of_its_own)

    def certificate(self, *, valid: tuple[datetime, datetime], name: str = LOCALHOST) -> Path:
        """A server's certificate with its key, in one file."""
        key = generate_private_key(SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signed = self._signed(subject, key, valid, x509.SubjectAlternativeName([x509.DNSName(name)]))
        file = self._folder / "server.pem"
        file.write_bytes(signed + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return file

    def _signed(
        self,
        subject: x509.Name,
        key: EllipticCurvePrivateKey,
        valid: tuple[datetime, datetime],
        extension: x509.ExtensionType,
    ) -> bytes:
        begun = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key.public_key())
        dated = begun.serial_number(x509.random_serial_number()).not_valid_before(valid[0]).not_valid_after(valid[1])
        return dated.add_extension(extension, critical=False).sign(self._key, SHA256()).public_bytes(Encoding.PEM)


@dataclass
class TlsServer:
    """Where it listens, and what it takes the time to be."""

    url: str
    clock_ahead: timedelta = timedelta()


@contextmanager
def serving(certificate: Path, *, clock_ahead: timedelta = timedelta()) -> Iterator[TlsServer]:
    """A server that shows this certificate and answers 404 to everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_error(404)

        def date_time_string(self, timestamp: float | None = None) -> str:
            del timestamp
            return super().date_time_string((datetime.now(UTC) + clock_ahead).timestamp())

        def log_message(self, format: str, *args: object) -> None:
            """Requests are no news."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with HTTPServer((LOCALHOST, 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield TlsServer(f"https://{LOCALHOST}:{server.server_port}", clock_ahead)
        server.shutdown()
