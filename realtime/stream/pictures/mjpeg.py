"""MJPEG over HTTP: for OBS, browsers and players. It listens, on this machine unless another address is given."""

from __future__ import annotations

import errno
from dataclasses import replace

from realtime.stream.address import StreamAddress
from realtime.stream.pictures.http_request import host_and_port
from realtime.stream.pictures.http_server import JpegServer
from realtime.stream.pictures.picture import StreamPicture

QUALITY = 85  # of the JPEGs: 60 to 120 kB at 1280 x 720


class MjpegOutput:
    """Encodes pictures while there are readers."""

    def __init__(self, address: StreamAddress, token: str) -> None:
        """Listen at the address. Raises OSError, which says what to do."""
        try:
            self._server = JpegServer(address.host, address.port, token)
        except OSError as error:
            raise OSError(_explained(address, error)) from None
        found = replace(address, port=self._server.port)
        self.title = found.title
        self.link = f"http://{host_and_port(address.host, found.port)}/{token}"

    @property
    def wanted(self) -> bool:
        """Whether anybody reads."""
        return self._server.readers > 0

    @property
    def note(self) -> str:
        """How many read."""
        readers = self._server.readers
        return f"{readers or 'no'} reader{'' if readers == 1 else 's'}"

    def send(self, picture: StreamPicture) -> None:
        """Encode it; every reader gets it, or a newer one."""
        import cv2

        rows = cv2.cvtColor(picture.image, cv2.COLOR_RGB2BGR)
        _, jpeg = cv2.imencode(".jpg", rows, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        self._server.publish(jpeg.tobytes())

    def close(self) -> None:
        """End all connections."""
        self._server.close()


def _explained(address: StreamAddress, error: OSError) -> str:
    where = host_and_port(address.host, address.port)
    if error.errno in (errno.EADDRINUSE, errno.EACCES, 10048, 10013) and address.port:
        why = "is not allowed here" if error.errno == errno.EACCES else "is in use by another program"
        return f"port {address.port} {why}. --stream mjpeg takes a free one, mjpeg://HOST:PORT another one."
    if error.errno in (errno.EADDRNOTAVAIL, 10049):
        return f"{address.host} is no address of this machine, so nothing can listen there."
    return f"nothing can listen at {where}: {error.strerror or error}."
