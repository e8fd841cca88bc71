#!/usr/bin/python3
"""Deterministic latency in front of a DNS server (the kernel here has no netem).

Forwards UDP datagrams and TCP streams to the server and holds every ANSWER back so that it arrives exactly
DELAY ms after the question.  Optional: jitter from a seeded generator, loss every Nth datagram.
usage: dnsdelay.py DELAY_MS LISTEN_IP:PORT=SERVER_IP:PORT… [--jitter MS] [--seed N] [--drop-every N]
"""
import argparse, asyncio, os, random, socket, time

ap = argparse.ArgumentParser()
ap.add_argument('delay', type=float); ap.add_argument('pair', nargs='+')
ap.add_argument('--jitter', type=float, default=0); ap.add_argument('--seed', type=int, default=1)
ap.add_argument('--drop-every', type=int, default=0)
A = ap.parse_args()
def hp(s): h, p = s.rsplit(':', 1); return h.strip('[]'), int(p)
rng, count = random.Random(A.seed), 0
def lag(): return (A.delay + (rng.uniform(-A.jitter, A.jitter) if A.jitter else 0)) / 1000

class Front(asyncio.DatagramProtocol):
    def __init__(self, server): self.server = server
    def connection_made(self, t): self.t = t
    def datagram_received(self, data, addr):
        global count
        count += 1
        if A.drop_every and count % A.drop_every == 0: return
        asyncio.ensure_future(self.relay(data, addr, time.monotonic() + lag()))
    async def relay(self, data, addr, due):
        loop = asyncio.get_running_loop(); fut = loop.create_future()
        class Back(asyncio.DatagramProtocol):
            def datagram_received(s, d, a):
                if not fut.done(): fut.set_result(d)
            def error_received(s, e):
                if not fut.done(): fut.set_exception(e)
        bt, _ = await loop.create_datagram_endpoint(Back, remote_addr=self.server)
        try:
            bt.sendto(data); d = await asyncio.wait_for(fut, 5)
            await asyncio.sleep(max(0, due - time.monotonic()))
            self.t.sendto(d, addr)
        except (OSError, asyncio.TimeoutError): pass
        finally: bt.close()

async def tcp(server, r, w):
    await asyncio.sleep(lag() / 2)              # the handshake's share
    try: sr, sw = await asyncio.open_connection(*server)
    except OSError: w.close(); return
    async def up():
        while d := await r.read(65536): sw.write(d); await sw.drain()
        sw.write_eof()
    async def down():
        while d := await sr.read(65536): await asyncio.sleep(lag()); w.write(d); await w.drain()
    try: await asyncio.gather(up(), down())
    except OSError: pass
    finally: w.close(); sw.close()

async def main():
    loop = asyncio.get_running_loop()
    for pair in A.pair:
        listen, server = map(hp, pair.split('='))
        await loop.create_datagram_endpoint(lambda server=server: Front(server), local_addr=listen)
        await asyncio.start_server(lambda r, w, server=server: tcp(server, r, w), *listen)
    print('ready', flush=True)
    if os.environ.get('NOTIFY_SOCKET'):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as n:
            n.sendto(b'READY=1', os.environ['NOTIFY_SOCKET'].replace('@', '\0', 1))
    await asyncio.Event().wait()
asyncio.run(main())
