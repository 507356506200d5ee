"""Starts NanoIDP behind TLS, and a host of client-ID metadata documents, on free loopback ports: peer.py FOLDER.

Prints one JSON line with the issuer and the URL of the document FOLDER/client.json; FOLDER/ca.pem is whom to trust.
"""

import asyncio
import datetime
import ipaddress
import json
import os
import socket
import ssl
import sys
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

folder = Path(sys.argv[1])
settings = Path(__file__).parent


def certificates():
    """An authority, and what it says of localhost."""
    now = datetime.datetime.now(datetime.timezone.utc)

    def sign(name, key, issuer, issuer_key, *extensions):
        builder = x509.CertificateBuilder(
            issuer, name, key.public_key(), x509.random_serial_number(), now - datetime.timedelta(hours=1), now + datetime.timedelta(days=1),
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(issuer_key, hashes.SHA256())

    def named(text):
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    def pem(key):
        return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())

    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority, signer = named("gatewalk test authority"), x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    root = sign(authority, authority_key, authority, authority_key, (x509.BasicConstraints(True, None), True), (usage, True), (signer, False))
    leaf = sign(
        named("localhost"), key, authority, authority_key, (x509.BasicConstraints(False, None), True),
        (x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False),
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(signer), False),
    )
    (folder / "ca.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    (folder / "localhost.pem").write_bytes(leaf.public_bytes(serialization.Encoding.PEM) + pem(key))


# The ports first: everything knows the others by their URL.
plain, public, documents = (socket.create_server(("127.0.0.1", 0)) for _ in range(3))
port, issuer, host = plain.getsockname()[1], *(f"localhost:{one.getsockname()[1]}" for one in (public, documents))
plain.close()


async def pass_on(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def to_nanoidp(reader, writer):
    answers, questions = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(pass_on(reader, questions), pass_on(answers, writer), return_exceptions=True)


async def document(reader, writer):
    # Kept open: NanoIDP cannot read an answer that says Connection: close.
    while True:
        try:
            asked = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            break
        found = asked.startswith(b"GET /client.json ")
        body = (folder / "client.json").read_bytes() if found else b"{}"
        status = b"200 OK" if found else b"404 Not Found"
        writer.write(b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nCache-Control: max-age=60\r\n" % status)
        writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        await writer.drain()
    writer.close()


async def serve():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "localhost.pem")
    await asyncio.start_server(to_nanoidp, sock=public, ssl=context)
    await asyncio.start_server(document, sock=documents, ssl=context)
    for _ in range(600):
        try:
            (await asyncio.open_connection("127.0.0.1", port))[1].close()
            break
        except OSError:
            await asyncio.sleep(0.1)
    print(json.dumps({"issuer": f"https://{issuer}", "document": f"https://{host}/client.json"}), file=said, flush=True)
    await asyncio.Event().wait()


certificates()
os.environ["SSL_CERT_FILE"] = str(folder / "ca.pem")
(folder / "config").mkdir()
text = (settings / "settings.yaml").read_text()
for name, value in {"port": str(port), "issuer": f"https://{issuer}", "host": host}.items():
    text = text.replace(f"@{name}@", value)
(folder / "config/settings.yaml").write_text(text)
(folder / "config/users.yaml").write_bytes((settings / "users.yaml").read_bytes())
os.chdir(folder)

# NanoIDP writes to standard output as well.
said, sys.stdout = sys.stdout, sys.stderr
threading.Thread(target=asyncio.run, args=[serve()], daemon=True).start()
sys.argv = ["nanoidp", "--host", "127.0.0.1", "--port", str(port), "--profile", "oauth21", "--config", "config"]
from nanoidp.__main__ import main  # noqa: E402 (reads the environment)

main()
