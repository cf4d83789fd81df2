"""TLS with a certificate that is made when the server starts, signed by itself.

The certificate needs the package `cryptography`, which Home Assistant brings; without TLS the simulator does
without. An old server speaks TLS 1.0 and nothing else, which today's OpenSSL has to be talked into.
"""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
import ssl
from tempfile import TemporaryDirectory
import warnings

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

_OLD_CIPHERS = "DEFAULT@SECLEVEL=0"
_VALID_FOR = timedelta(days=3_650)


def server_context(*, only_tls_1_0: bool = False) -> ssl.SSLContext:
    """Return what a server needs to speak TLS: as is usual today, or as an old server did."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "server.pem")
        file.write_bytes(self_signed())
        return context_of(file, only_tls_1_0=only_tls_1_0)


def context_of(file: Path, *, only_tls_1_0: bool = False) -> ssl.SSLContext:
    """Return the same with a certificate and its key that are in a file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if only_tls_1_0:
        context.set_ciphers(_OLD_CIPHERS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # that it is old is the point
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1
    context.load_cert_chain(file)
    return context


def self_signed() -> bytes:
    """Return a private key and a certificate for it, which is one for 127.0.0.1."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "simulator")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _VALID_FOR)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    return key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(pem)
