#!/usr/bin/python3
"""Debian mirror of the closed lab.

Listens INSIDE a lab network namespace (there the mirror's name points at it) and fetches from the
real mirror OUTSIDE, in the namespace it was started in: a socket stays in the namespace it was made in, so
no route, NAT or DNS forwarding joins the lab to the outside.  Only Debian's archive paths are served.
pool/ and by-hash/ files never change and are kept for ever; index files are kept TTL seconds, and a stale
copy is served when upstream does not answer, so a filled cache works offline.
usage: aptproxy.py NETNS_FILE LISTEN_ADDR[,ADDR…] PORT CACHE_DIR DEBIAN_URL SECURITY_URL
/debian/… inside is DEBIAN_URL/… outside, /debian-security/… is SECURITY_URL/…; http_proxy is honoured.
"""
import ctypes, http.client, os, re, socket, sys, tempfile, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

NETNS, ADDRS, PORT, CACHE = sys.argv[1], sys.argv[2].split(','), int(sys.argv[3]), sys.argv[4]
UPSTREAM = {'debian': urlsplit(sys.argv[5].rstrip('/')), 'debian-security': urlsplit(sys.argv[6].rstrip('/'))}
PROXY = os.environ.get('http_proxy')
TTL = int(os.environ.get('APTPROXY_TTL', 6 * 3600))
OFFLINE = os.environ.get('APTPROXY_OFFLINE') == '1'
ALLOWED = re.compile(r'^/debian(-security)?/[A-Za-z0-9._+~%:/@=-]+$')
FOREVER = re.compile(r'/pool/|/by-hash/')
local = threading.local()

def setns(path):
    fd = os.open(path, os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(fd, 0x40000000) != 0:  # CLONE_NEWNET, this thread only
        raise OSError(ctypes.get_errno(), 'setns ' + path)
    os.close(fd)

def upstream_get(path):
    _, kind, rest = path.split('/', 2)
    up = UPSTREAM[kind]
    url = up.path + '/' + rest
    if PROXY and up.scheme == 'http':
        hop, url = urlsplit(PROXY), '%s://%s%s' % (up.scheme, up.netloc, url)
    else:
        hop = up
    conns = local.__dict__.setdefault('conns', {})
    for attempt in (1, 2):                      # one retry on a stale kept-alive connection
        try:
            c = conns.get(hop.netloc)
            if c is None:
                kind = http.client.HTTPSConnection if hop.scheme == 'https' else http.client.HTTPConnection
                c = conns[hop.netloc] = kind(hop.hostname, hop.port, timeout=60)
            c.request('GET', url, headers={'Host': up.netloc, 'User-Agent': 'Debian APT-HTTP/1.3 (lab)'})
            return c.getresponse()
        except (OSError, http.client.HTTPException):
            conns.pop(hop.netloc, None)
            if attempt == 2:
                raise

class H(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, fmt, *a):
        sys.stderr.write('%s %s\n' % (self.client_address[0], fmt % a))
    def reply(self, code, text):
        b = text.encode()
        self.send_response(code); self.send_header('Content-Length', str(len(b))); self.end_headers()
        if self.command != 'HEAD': self.wfile.write(b)
    def send_file(self, f, how):
        st = os.fstat(f.fileno())
        self.send_response(200)
        self.send_header('Content-Type', 'application/octet-stream')
        self.send_header('Content-Length', str(st.st_size))
        self.send_header('X-Lab-Cache', how)
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.flush()
            off = 0
            while off < st.st_size:
                off += os.sendfile(self.connection.fileno(), f.fileno(), off, st.st_size - off)
    def do_HEAD(self): self.do_GET()
    def do_GET(self):
        path = urlsplit(self.path).path         # also accepts proxy-style absolute URLs
        if not ALLOWED.match(path) or '..' in path:
            return self.reply(403, 'not served in the lab\n')
        file = CACHE + path
        fresh = os.path.isfile(file) and (OFFLINE or FOREVER.search(path) or time.time() - os.stat(file).st_mtime < TTL)
        if not fresh and not OFFLINE:
            try:
                r = upstream_get(path)
                if r.status == 200:
                    os.makedirs(os.path.dirname(file), exist_ok=True)
                    with tempfile.NamedTemporaryFile(dir=os.path.dirname(file), delete=False) as t:
                        while chunk := r.read(1 << 18): t.write(chunk)
                    os.chmod(t.name, 0o644); os.rename(t.name, file)
                    with open(file, 'rb') as f: return self.send_file(f, 'miss')
                r.read()
                if 300 <= r.status < 400: return self.reply(502, 'upstream redirects\n')
                if r.status == 404: return self.reply(404, 'not found upstream\n')
            except (OSError, http.client.HTTPException) as e:
                local.__dict__.pop('conns', None)
                if not os.path.isfile(file): return self.reply(502, 'upstream: %s\n' % e)
        if os.path.isfile(file):
            with open(file, 'rb') as f: return self.send_file(f, 'hit')
        self.reply(504, 'not cached\n')

class S(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
class S6(S):
    address_family = socket.AF_INET6

here = '/proc/self/ns/net'
home = os.open(here, os.O_RDONLY)
setns(NETNS)
servers = [(S6 if ':' in a else S)((a, PORT), H) for a in ADDRS]
ctypes.CDLL(None).setns(home, 0x40000000)       # back: all worker threads connect outwards from here
os.makedirs(CACHE, exist_ok=True)
for s in servers[1:]:
    threading.Thread(target=s.serve_forever, daemon=True).start()
servers[0].serve_forever()
