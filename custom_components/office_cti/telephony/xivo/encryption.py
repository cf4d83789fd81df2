"""How a connection to a XiVO server is encrypted: the contexts, and what goes wrong.

Servers up to 15.20 know TLS 1.0 and nothing newer, behind a certificate that they have made themselves.
So there are two ways. A connection that must be encrypted takes TLS 1.2 or newer, and a certificate that
somebody vouches for unless a person said otherwise. One that is encrypted if the server offers it takes
what there is: the other choice would be none at all. It keeps out listeners, not impostors.
"""

import asyncio
from functools import cache
import ssl

from ..system import CertificateNotTrusted, Encryption, EncryptionFailed

HANDSHAKE_TIMEOUT = 10.0  # seconds
_LENIENT = frozenset({Encryption.AS_OFFERED, Encryption.TLS_1_0})


async def tls_context(encryption: Encryption, *, verify_certificate: bool) -> ssl.SSLContext:
    """Return the context for a connection of this kind; it is made beside the loop, once for all."""
    if encryption in _LENIENT:
        return await asyncio.to_thread(_lenient)
    return await asyncio.to_thread(_strict, verify_certificate=verify_certificate)


async def start_tls(
    transport: asyncio.Transport,
    protocol: asyncio.BaseProtocol,
    context: ssl.SSLContext,
    host: str,
) -> asyncio.Transport:
    """Encrypt an open connection; if it fails, the connection is closed.

    Raises:
        CertificateNotTrusted: the server's certificate is not what it should be.
        EncryptionFailed: the two found no way, or the connection ended.
    """
    loop = asyncio.get_running_loop()
    if transport.is_closing():
        raise EncryptionFailed("the connection has ended", host=host)
    try:
        encrypted = await loop.start_tls(
            transport,
            protocol,
            context,
            server_hostname=host,
            ssl_handshake_timeout=HANDSHAKE_TIMEOUT,
        )
    except ssl.SSLCertVerificationError as error:
        raise CertificateNotTrusted(error.verify_message, host=host) from error
    except (OSError, ValueError) as error:  # ValueError: a host that no certificate can name
        raise EncryptionFailed(str(error), host=host) from error
    if encrypted is None:
        raise EncryptionFailed("the connection has ended", host=host)
    return encrypted


@cache
def _strict(*, verify_certificate: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify_certificate:
        _trust_anybody(context)
    return context


@cache
def _lenient() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # it leaves out SSL 3.0, so this is TLS 1.0
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    _trust_anybody(context)
    return context


def _trust_anybody(context: ssl.SSLContext) -> None:
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
