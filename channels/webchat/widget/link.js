// A Link is the way to the server: session, ticket, socket, heartbeat, and the
// queue of what is not stored yet. It shows nothing; it tells its owner.
const MOST_FRAME = 32000; // the server closes at 32 KiB
const GUEST = '-';
// whose tells customers apart, without keeping who they are.
const whose = (token) => { try { let h = 5381; for (const c of JSON.parse(atob(token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/'))).sub) h = (h * 33 ^ c.codePointAt(0)) >>> 0; return h.toString(36); } catch { return GUEST; } };

class Link {
  constructor(base, owner) {
    this.base = base; this.owner = owner; this.tries = 0; this.conversation = '';
    // What another page of this visitor has not sent yet is sent by this one
    // too: the same id is stored once.
    this.queue = (local.get('queue') || []).filter((m) => m && m.id && bytes(JSON.stringify(m)) <= MOST_FRAME);
    addEventListener('online', () => this.check());
    addEventListener('offline', () => owner.say('offline'));
    // Another page began a new conversation, or signed in: go there too.
    addEventListener('storage', (e) => { if ((e.key === 'parley.token' || e.key === 'parley.as') && e.newValue && (this.ws || this.joining)) { this.drop(); this.connect(); } });
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.check(); });
  }
  // meet says who this page is of. The page that was loaded last is right about
  // that, and what was one customer's is not there for the next at this computer.
  meet(as) {
    const was = local.get('as'); this.as = as;
    if (was && was !== GUEST && was !== as) { this.forget(); fetch(this.base + '/privacy/close', { method: 'POST', mode: 'no-cors', credentials: 'include', keepalive: true }).catch(() => {}); }
    if (was !== as) local.set('as', as);
  }
  elsewhere() { const as = local.get('as'); return as && as !== this.as; }
  session() { return fetch(this.base + '/v1/session', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ token: local.get('token') || '', guest: local.get('guest') || '', ...this.owner.who() }) }); }
  keep(s) { if (local.get('token') !== s.token) local.set('token', s.token); if (local.get('guest') !== s.guest) local.set('guest', s.guest || null); }
  // mine is the address of the page with what is kept about this customer.
  async mine() {
    if (this.elsewhere()) return this.base + '/privacy';
    const s = await (await this.session()).json(); if (s.ticket) this.keep(s);
    return this.base + '/privacy?lang=' + this.owner.who().locale + (s.ticket ? '&ticket=' + s.ticket : '');
  }
  async connect() {
    if (this.joining || (this.ws && this.ws.readyState < 2)) return;
    if (this.elsewhere()) { this.owner.tell(this.owner.t('elsewhere')); return; }
    const turn = this.joining = {}; clearTimeout(this.timer);
    try {
      const r = await this.session();
      const s = await r.json().catch(() => ({}));
      if (this.joining !== turn) return; // dropped meanwhile
      if (!r.ok) {
        if (r.status >= 500 || r.status === 429 || !s.text) throw new Error('session ' + r.status);
        this.owner.tell(s.text); return; // trying again would not help
      }
      this.keep(s);
      if (this.conversation && this.conversation !== s.conversation) this.owner.reset();
      if (this.conversation !== s.conversation) this.acked = 0;
      this.conversation = s.conversation;
      this.owner.starters_(s.starters || []);
      const ws = this.ws = new WebSocket(this.base.replace(/^http/, 'ws') + '/v1/chat?ticket=' + s.ticket, 'parley.v1');
      ws.onopen = () => { this.owner.say(''); ws.send(JSON.stringify({ type: 'hello', last: this.owner.last })); this.flush(); this.beat(ws); };
      ws.onmessage = (e) => { this.alive = Date.now(); this.tries = 0; const f = JSON.parse(e.data); if (f.type === 'stored') this.settle(f.id); this.owner.frame(f); if (f.seq && f.type === 'entry') this.read(ws, f.seq); };
      ws.onclose = (e) => { if (this.ws !== ws) return; this.ws = null; if (e.code === 4409) this.owner.tell(e.reason); else this.later(); };
    } catch { if (this.joining === turn) this.later(); } finally { if (this.joining === turn) this.joining = null; }
  }
  // read tells the server how far we have read: at every 32nd entry, and after a pause.
  read(ws, seq) {
    const tell = () => { this.acked = seq; if (ws.readyState === 1) ws.send(JSON.stringify({ type: 'ack', seq })); };
    clearTimeout(this.reading); if (seq >= (this.acked || 0) + 32) tell(); else this.reading = setTimeout(tell, 1000);
  }
  beat(ws) {
    clearInterval(this.pulse); this.alive = Date.now();
    this.pulse = setInterval(() => { if (this.ws !== ws) return clearInterval(this.pulse); if (Date.now() - this.alive > 36000) { this.drop(); this.later(); } else ws.send('{"type":"ping"}'); }, 25000);
  }
  // check finds out whether a socket that looks open still is: after sleep or a
  // change of network it need not be, and nobody tells.
  check() {
    if (!this.owner.opened) return;
    const ws = this.ws, asked = Date.now(); this.tries = 0;
    if (!ws || ws.readyState !== 1) return this.connect();
    ws.send('{"type":"ping"}');
    setTimeout(() => { if (this.ws === ws && this.alive < asked) { this.drop(); this.connect(); } else this.owner.calm(); }, 4000);
  }
  drop() { clearTimeout(this.timer); clearTimeout(this.soon); this.joining = null; const ws = this.ws; this.ws = null; if (ws) { ws.onclose = ws.onmessage = null; ws.close(); } }
  later() {
    if (!this.owner.opened) return;
    this.owner.say(navigator.onLine ? 'again' : 'offline'); clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), Math.min(15000, 300 * 2 ** this.tries++) * (0.5 + Math.random()));
  }
  // put keeps a frame until the server has stored it. The stored queue is
  // shared with other pages: each touches only its own frames. A page of who was
  // here before may not write into it.
  put(m) {
    if (this.elsewhere()) { this.owner.tell(this.owner.t('elsewhere')); return false; }
    this.queue.push(m); local.set('queue', [...(local.get('queue') || []), m]);
    if (this.ws && this.ws.readyState === 1) this.ws.send(JSON.stringify(m)); else this.connect();
    return true;
  }
  flush() { if (this.ws && this.ws.readyState === 1) for (const m of this.queue) this.ws.send(JSON.stringify(m)); }
  flushSoon() { clearTimeout(this.soon); this.soon = setTimeout(() => this.flush(), 4000); }
  settle(id) { this.queue = this.queue.filter((m) => m.id !== id); const rest = (local.get('queue') || []).filter((m) => m.id !== id); local.set('queue', rest.length ? rest : null); }
  forget() { this.drop(); this.conversation = ''; this.queue = []; local.set('queue', null); local.set('token', null); }
}
