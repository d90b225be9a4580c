"""A mail server that takes everything and counts it by the key the message carries."""

import socketserver
import threading
from email.parser import BytesHeaderParser


class MailSink:
    """`keys` holds the key of every message that was acknowledged, in their order."""

    def __init__(self):
        sink = self

        class Session(socketserver.StreamRequestHandler):
            timeout = 30

            def handle(self):
                sink._converse(self.rfile, self.wfile)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request, client_address):
                """Clients are killed in the middle of a word; that is the point."""

        self.keys: list[str] = []
        self.server = Server(("127.0.0.1", 0), Session)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def total(self) -> int:
        return len(self.keys)

    def _converse(self, incoming, outgoing):
        outgoing.write(b"220 sink\r\n")
        while line := incoming.readline():
            word = line[:4].upper()
            if word == b"DATA":
                outgoing.write(b"354 go on\r\n")
                if not self._take(incoming):
                    return
                outgoing.write(b"250 taken\r\n")
            elif word == b"QUIT":
                outgoing.write(b"221 bye\r\n")
                return
            else:
                outgoing.write(b"250 sink\r\n")

    def _take(self, incoming) -> bool:
        """One message, up to the lonely dot. Counted when it is whole, before it is acknowledged:
        a client killed in between has sent it all the same."""
        text = []
        while line := incoming.readline():
            if line == b".\r\n":
                headers = BytesHeaderParser().parsebytes(b"".join(text))
                self.keys.append(headers["Idempotency-Key"] or "none")
                return True
            text.append(line)
        return False

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
