// The chat widget: one custom element, no dependencies, no build step. Text is
// only ever put in as text nodes; styles are adopted, so that a strict content
// security policy holds.
const STRINGS = {
  open: ['Ask us', '问问我们'], close: ['Close chat', '关闭对话'], title: ['Chat with', '咨询'], assistant: ['Assistant', '助手'],
  greet: ['Ask about products, an order or returns.', '商品、订单、退换货都可以问。'], input: ['Write a message', '输入消息'], send: ['Send', '发送'],
  thinking: ['Thinking…', '正在想…'], looking: ['Looking through the shop…', '正在查…'], typing: ['Writing…', '正在写…'],
  offline: ['No connection. Your messages are kept and sent later.', '网络断开，消息已保存，恢复后会发送。'], again: ['Reconnecting…', '正在重新连接…'],
  was: ['was', '原价'], out: ['Out of stock', '无货'], left: ['Only {n} left', '仅剩{n}件'], add: ['Add to basket', '加入购物车'], added: ['Added', '已加入'],
  waiting: ['Sending…', '发送中…'], failed: ['Not sent', '未发送'], menu: ['Menu', '菜单'], know: ['What do you know about me?', '你知道我的什么？'],
  forget: ['Forget me', '忘记我'], fresh: ['Start a new chat', '开始新对话'], lang: ['中文', 'English'], more: ['New messages', '有新消息'],
  done: ['Done', '已完成'], declined: ['Not done', '未执行'], dropped: ['Withdrawn', '已撤回'], requested: ['A person will join.', '客服会加入对话。'],
  order: ['Order', '订单'], due: ['Expected', '预计'], facts: ['Kept about you', '保存的信息'], compare: ['Comparison', '对比'],
  pending: ['paid, not packed', '已付款，待打包'], shipped: ['shipped', '已发货'], delivered: ['delivered', '已送达'], cancelled: ['cancelled', '已取消'], returned: ['returned', '已退货'],
};
const CSS = `
:host{--ink:var(--parley-ink,oklch(.25 .01 80));--soft:var(--parley-soft,oklch(.5 .01 80));--line:var(--parley-line,oklch(.9 .008 80));--paper:var(--parley-paper,oklch(.995 .003 80));--ground:var(--parley-ground,oklch(.965 .006 80));--accent:var(--parley-accent,oklch(.42 .08 155));--on:var(--parley-on-accent,#fff);--tint:var(--parley-tint,oklch(.93 .03 155));--bad:oklch(.5 .18 27);
position:fixed;inset-block-end:16px;inset-inline-end:16px;z-index:2147483000;font:400 15px/1.5 system-ui,"Noto Sans","PingFang SC","Microsoft YaHei",sans-serif;color:var(--ink)}
@media(prefers-color-scheme:dark){:host{--ink:var(--parley-ink,oklch(.93 .006 80));--soft:var(--parley-soft,oklch(.72 .01 80));--line:var(--parley-line,oklch(.36 .01 80));--paper:var(--parley-paper,oklch(.23 .008 80));--ground:var(--parley-ground,oklch(.28 .009 80));--accent:var(--parley-accent,oklch(.74 .1 155));--on:var(--parley-on-accent,oklch(.2 .03 155));--tint:var(--parley-tint,oklch(.34 .04 155));--bad:oklch(.72 .15 27)}}
*{box-sizing:border-box}button,input,textarea{font:inherit;color:inherit}button{cursor:pointer}
button:focus-visible,a:focus-visible,textarea:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.launch{display:flex;gap:8px;align-items:center;border:0;border-radius:24px;padding:12px 20px;background:var(--accent);color:var(--on);font-weight:600;box-shadow:0 4px 16px rgb(0 0 0/.18)}
.panel{display:none;flex-direction:column;width:400px;height:min(720px,calc(100dvh - 32px));background:var(--paper);border:1px solid var(--line);border-radius:10px;box-shadow:0 8px 32px rgb(0 0 0/.2);overflow:hidden}
:host([data-open]) .panel{display:flex}:host([data-open]) .launch{display:none}
header{display:flex;align-items:center;gap:8px;padding:8px 8px 8px 16px;border-block-end:1px solid var(--line)}header div{flex:1;min-width:0}header b{display:block;font-weight:600}header small{color:var(--soft);font-size:12px;display:block}
.icon{border:0;background:none;border-radius:6px;min-width:40px;min-height:40px;display:grid;place-items:center}.icon:hover,.menu button:hover{background:var(--ground)}
.menu{position:absolute;inset-inline-end:8px;inset-block-start:56px;background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:4px;box-shadow:0 8px 32px rgb(0 0 0/.2);z-index:2}.menu[hidden]{display:none}.menu button{display:block;width:100%;text-align:start;border:0;background:none;padding:8px 12px;border-radius:6px;min-height:40px}
.log{flex:1;overflow-y:auto;overscroll-behavior:contain;padding:16px;display:flex;flex-direction:column;gap:12px}.log>*{flex:none;max-width:100%}
.me{align-self:flex-end;background:var(--tint);border-radius:10px;padding:8px 12px;max-width:85%!important;white-space:pre-wrap;overflow-wrap:anywhere}.me[data-state]::after{content:attr(data-state);display:block;font-size:12px;color:var(--soft)}
.bot{white-space:pre-wrap;overflow-wrap:anywhere}.who{display:block;font-size:12px;color:var(--soft);font-weight:600}.note{color:var(--soft);font-size:14px;text-align:center}
.row{display:flex;gap:12px;overflow-x:auto;scroll-snap-type:x mandatory;padding-block-end:8px;margin-inline:-16px;padding-inline:16px;scroll-padding-inline:16px}
.card{flex:0 0 168px;scroll-snap-align:start;border:1px solid var(--line);border-radius:10px;overflow:hidden;display:flex;flex-direction:column;background:var(--paper)}.card a{color:inherit;text-decoration:none}
.pic{display:block;aspect-ratio:4/5;background:oklch(.955 .006 80);width:100%}.pic img{width:100%;height:100%;object-fit:contain;display:block}
.card .in{padding:8px;display:flex;flex-direction:column;gap:4px;flex:1;font-size:14px;line-height:1.35}.card b{font-weight:600;display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden;min-height:2.7em}
.price{font-variant-numeric:tabular-nums;font-weight:600}s{color:var(--soft);font-weight:400}.small{font-size:12px;color:var(--soft)}.warn{font-size:12px;color:var(--bad)}.card .go{margin-block-start:auto}
.dots{display:flex;gap:4px;flex-wrap:wrap}.dots span{font-size:12px;color:var(--soft)}
.go,.yes,.no,.chip{border:1px solid var(--line);border-radius:6px;background:var(--paper);min-height:36px;padding:4px 12px}.yes{background:var(--accent);color:var(--on);border-color:var(--accent);font-weight:600}.go:hover,.no:hover,.chip:hover{border-color:var(--accent)}
.chips{display:flex;flex-wrap:wrap;gap:8px}.chip{border-radius:18px;font-size:14px}.box{border:1px solid var(--line);border-radius:10px;padding:12px;display:flex;flex-direction:column;gap:8px}.box .acts{display:flex;gap:8px;flex-wrap:wrap}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:10px}table{border-collapse:collapse;font-size:13px;min-width:100%}th,td{padding:8px;text-align:start;vertical-align:top;border-block-end:1px solid var(--line);min-width:96px}tr:last-child>*{border:0}th:first-child{position:sticky;inset-inline-start:0;background:var(--paper);font-weight:600;min-width:80px}.same{color:var(--soft)}
.state{min-height:24px;padding:0 16px;color:var(--soft);font-size:13px}.jump{align-self:center;margin-block-end:4px}.jump[hidden]{display:none}
form{display:flex;gap:8px;padding:8px 12px calc(12px + env(safe-area-inset-bottom));border-block-start:1px solid var(--line);align-items:flex-end}textarea{flex:1;resize:none;border:1px solid var(--line);border-radius:6px;padding:8px 10px;background:var(--paper);max-height:120px;min-height:40px;line-height:1.4}form .yes{min-height:40px}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media(max-width:479px){:host([data-open]){inset:0}.panel{position:fixed;inset-inline:0;inset-block-start:var(--top,0);width:100%;height:var(--tall,100dvh);border:0;border-radius:0}textarea{font-size:16px}.card{flex-basis:60%}}
@media(prefers-reduced-motion:no-preference){.log>*{animation:in .14s}@keyframes in{from{opacity:0}}}`;

const el = (tag, cls, ...kids) => {
  const e = document.createElement(tag);
  if (cls) e.className = cls;
  for (const k of kids) if (k != null && k !== '') e.append(k);
  return e;
};
const store = (area) => ({
  get(k) { try { return JSON.parse(area().getItem('parley.' + k)); } catch { return null; } },
  set(k, v) { try { v == null ? area().removeItem('parley.' + k) : area().setItem('parley.' + k, JSON.stringify(v)); } catch { /* private mode: kept for this page only */ } },
});
const local = store(() => localStorage), session = store(() => sessionStorage);
const newID = () => (crypto.randomUUID ? crypto.randomUUID() : Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join(''));
const here = new URL(import.meta.url).origin;

class ParleyChat extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    this.base = this.getAttribute('endpoint') || here;
    this.lang_ = (local.get('lang') || this.getAttribute('lang') || document.documentElement.lang || 'en').startsWith('zh') ? 1 : 0;
    this.last = 0; this.entries = new Map(); this.confirms = new Map(); this.live = null; this.tries = 0;
    this.queue = local.get('queue') || [];
    const root = this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet(); sheet.replaceSync(CSS); root.adoptedStyleSheets = [sheet];
    this.build(root);
    for (const m of this.queue) this.mine(m.id, m.text, true);
    addEventListener('online', () => this.connect());
    addEventListener('offline', () => this.say('offline'));
    document.addEventListener('visibilitychange', () => { if (!document.hidden && this.opened) { this.tries = 0; this.connect(); } });
    if (window.visualViewport) { const fit = () => { this.panel.style.setProperty('--tall', visualViewport.height + 'px'); this.panel.style.setProperty('--top', visualViewport.offsetTop + 'px'); }; visualViewport.addEventListener('resize', fit); visualViewport.addEventListener('scroll', fit); }
    if (session.get('open')) this.open(true);
  }
  t(key, n) { return STRINGS[key][this.lang_].replace('{n}', n); }
  build(root) {
    const icon = (label, text, act) => { const b = el('button', 'icon', text); b.type = 'button'; b.setAttribute('aria-label', label); b.onclick = act; return b; };
    const launch = this.launch = el('button', 'launch', '💬 '.trim(), el('span', '', this.t('open')));
    launch.type = 'button'; launch.part = 'launcher'; launch.setAttribute('aria-haspopup', 'dialog'); launch.onclick = () => this.open();
    launch.firstChild.replaceWith(this.bubble());
    this.who = el('small', '', this.t('assistant'));
    const name = this.getAttribute('shop') || document.title;
    const menu = this.menu = el('div', 'menu'); menu.hidden = true;
    const item = (key, act) => { const b = el('button', '', this.t(key)); b.type = 'button'; b.onclick = () => { menu.hidden = true; act(); }; menu.append(b); };
    item('lang', () => { local.set('lang', this.lang_ ? 'en' : 'zh'); this.rebuild(); });
    item('know', () => this.send(this.t('know'))); item('forget', () => this.send(this.t('forget')));
    item('fresh', () => { local.set('token', null); this.reset(); this.connect(); });
    const bar = el('header', '', el('div', '', el('b', '', name), this.who), icon(this.t('menu'), '⋯', () => { menu.hidden = !menu.hidden; }), icon(this.t('close'), '✕', () => this.close()));
    this.log = el('div', 'log'); this.log.setAttribute('role', 'log'); this.log.setAttribute('aria-live', 'off'); this.log.tabIndex = 0; this.log.setAttribute('aria-label', this.t('title') + ' ' + name);
    this.log.addEventListener('scroll', () => { if (this.near()) this.jump.hidden = true; });
    this.empty = el('div', '', el('p', 'bot', this.t('greet')), this.starters = el('div', 'chips')); this.log.append(this.empty);
    this.jump = el('button', 'chip jump', this.t('more')); this.jump.type = 'button'; this.jump.hidden = true; this.jump.onclick = () => this.bottom(true);
    this.state = el('div', 'state'); this.spoken = el('div', 'sr'); this.spoken.setAttribute('role', 'status'); this.spoken.setAttribute('aria-live', 'polite');
    const input = this.input = el('textarea'); input.rows = 1; input.setAttribute('aria-label', this.t('input')); input.placeholder = this.t('input'); input.maxLength = 8000; input.enterKeyHint = 'send';
    input.addEventListener('input', () => { input.style.height = 'auto'; input.style.height = Math.min(120, input.scrollHeight + 2) + 'px'; });
    input.addEventListener('keydown', (e) => { if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); form.requestSubmit(); } });
    const ok = el('button', 'yes', this.t('send'));
    const form = el('form', '', input, ok); form.onsubmit = (e) => { e.preventDefault(); const text = input.value.trim(); if (text) { input.value = ''; input.style.height = 'auto'; this.send(text); } };
    const panel = this.panel = el('section', 'panel', bar, menu, this.log, this.jump, this.state, this.spoken, form);
    panel.part = 'panel'; panel.setAttribute('role', 'dialog'); panel.setAttribute('aria-label', this.t('title') + ' ' + name);
    panel.addEventListener('keydown', (e) => { if (e.key === 'Escape') { if (!menu.hidden) menu.hidden = true; else this.close(); } });
    root.replaceChildren(launch, panel);
  }
  bubble() {
    const ns = 'http://www.w3.org/2000/svg', s = document.createElementNS(ns, 'svg'), p = document.createElementNS(ns, 'path');
    for (const [k, v] of Object.entries({ width: 20, height: 20, viewBox: '0 0 20 20', fill: 'none', stroke: 'currentColor', 'stroke-width': 1.5, 'stroke-linejoin': 'round', 'aria-hidden': 'true' })) s.setAttribute(k, v);
    p.setAttribute('d', 'M3 4h14v10H9l-4 3v-3H3z'); s.append(p); return s;
  }
  rebuild() { const open = this.opened; this.lang_ = local.get('lang') === 'zh' ? 1 : 0; this.build(this.shadowRoot); this.reset(); if (open) { this.connect(); this.input.focus(); } }
  reset() { this.drop(); this.last = 0; this.entries.clear(); this.confirms.clear(); this.live = null; this.log.replaceChildren(this.empty); this.empty.hidden = false; this.say(''); }
  open(quiet) { if (this.opened) return; this.opened = true; this.setAttribute('data-open', ''); session.set('open', true); this.connect(); if (!quiet) this.input.focus(); this.bottom(true); this.dispatchEvent(new Event('parley-open')); }
  close() { this.opened = false; this.removeAttribute('data-open'); session.set('open', null); this.launch.focus(); this.dispatchEvent(new Event('parley-close')); }
  say(key) { this.state.textContent = key ? this.t(key) : ''; }
  page() { return { url: location.pathname + location.search, title: this.getAttribute('page-title') || document.title, product: this.getAttribute('product') || '' }; }

  async connect() {
    if (this.joining || (this.ws && this.ws.readyState < 2)) return;
    this.joining = true; clearTimeout(this.timer);
    try {
      const body = { token: local.get('token') || '', customer: this.getAttribute('customer') || '', locale: this.lang_ ? 'zh' : 'en', visitor: this.getAttribute('visitor') || '', page: this.page() };
      const r = await fetch(this.base + '/v1/session', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
      if (!r.ok) throw new Error((await r.json().catch(() => ({}))).text || 'session ' + r.status);
      const s = await r.json();
      if (local.get('token') !== s.token) { local.set('token', s.token); if (this.last) this.reset(); }
      this.starters.replaceChildren(...(s.starters || []).map((q) => this.chip(q)));
      const ws = this.ws = new WebSocket(this.base.replace(/^http/, 'ws') + '/v1/chat?ticket=' + s.ticket, 'parley.v1');
      ws.onopen = () => { this.tries = 0; this.say(''); ws.send(JSON.stringify({ type: 'hello', last: this.last })); for (const m of this.queue) ws.send(JSON.stringify(m)); this.beat(ws); };
      ws.onmessage = (e) => { this.alive = Date.now(); this.frame(JSON.parse(e.data)); };
      ws.onclose = () => { if (this.ws === ws) { this.ws = null; this.later(); } };
    } catch { this.later(); } finally { this.joining = false; }
  }
  beat(ws) { clearInterval(this.pulse); this.alive = Date.now(); this.pulse = setInterval(() => { if (this.ws !== ws) return clearInterval(this.pulse); if (Date.now() - this.alive > 36000) { this.drop(); this.later(); } else ws.send('{"type":"ping"}'); }, 25000); }
  drop() { clearTimeout(this.timer); const ws = this.ws; this.ws = null; if (ws) { ws.onclose = null; ws.close(); } }
  later() { if (!this.opened) return; this.say(navigator.onLine ? 'again' : 'offline'); clearTimeout(this.timer); const wait = Math.min(15000, 300 * 2 ** this.tries++) * (0.5 + Math.random()); this.timer = setTimeout(() => this.connect(), wait); }
  // Who writes Chinese gets the buttons in Chinese, unless a language was chosen.
  send(text) {
    if (!this.lang_ && !local.get('lang') && /\p{Script=Han}/u.test(text)) { local.set('lang', 'zh'); this.rebuild(); }
    this.put({ type: 'send', id: newID(), text, page: this.page() });
  }
  put(m) {
    this.queue.push(m); local.set('queue', this.queue); this.mine(m.id, m.text, true); this.bottom(true);
    if (this.ws && this.ws.readyState === 1) this.ws.send(JSON.stringify(m)); else this.connect();
  }
  settle(id) { this.queue = this.queue.filter((m) => m.id !== id); local.set('queue', this.queue); }

  frame(f) {
    switch (f.type) {
      case 'welcome': if (f.agent !== 'assistant') this.who.textContent = f.agent; break;
      case 'stored': this.settle(f.id); { const e = this.entries.get(f.id); if (e) e.removeAttribute('data-state'); } break;
      case 'status': if (!this.live) this.say({ thinking: 'thinking', looking: 'looking', typing: 'typing' }[f.doing] || ''); break;
      case 'delta': this.delta(f); break;
      case 'entry': this.entry(f); break;
      case 'error': if (f.id && f.code !== 'not_stored' && f.code !== 'too_fast') { this.settle(f.id); const e = this.entries.get(f.id); if (e) e.dataset.state = this.t('failed'); } this.state.textContent = f.text; break;
    }
  }
  delta(f) {
    if (!this.live || this.live.of !== f.of) { if (f.at > 0) return; this.live = { of: f.of, e: el('div', 'bot') }; this.add(this.live.e); }
    const now = this.live.e.textContent; if (f.at <= now.length) this.live.e.textContent = now.slice(0, f.at) + f.text; this.say(''); this.bottom();
  }
  entry(f) {
    if (f.seq) { if (f.seq <= this.last) return; this.last = f.seq; }
    const b = f.body, role = f.from.role;
    if (this.live && f.answers === this.live.of) { this.live.e.remove(); this.live = null; }
    if (role === 'shopper') { this.settle(f.id); if (f.kind === 'act') { this.entries.get(f.id)?.remove(); return; } this.mine(f.id, b.text, false); return; }
    this.chips?.remove(); this.say('');
    let node = null;
    switch (f.kind) {
      case 'text': node = el('div', 'bot', role === 'staff' ? el('span', 'who', f.from.name) : null, b.text); break;
      case 'products': node = this.row(b); break;
      case 'comparison': node = this.table(b); break;
      case 'order': node = el('div', 'box', ...b.orders.map((o) => this.order(o))); break;
      case 'facts': node = b.facts.length ? el('div', 'box', el('b', '', this.t('facts')), ...b.facts.map((x) => el('div', '', x.words, ' ', el('span', 'small', x.since || '')))) : null; break;
      case 'confirm': this.confirm(b); break;
      case 'handoff': this.who.textContent = b.state === 'claimed' ? b.who : this.t('assistant'); node = el('div', 'note', b.text || (b.state === 'requested' ? this.t('requested') : '')); break;
      case 'notice': node = el('div', 'note', b.text); break;
    }
    if (node) this.add(node);
    if (f.kind === 'text') { this.spoken.textContent = b.text; if (b.suggest?.length) { this.chips = el('div', 'chips', ...b.suggest.map((q) => this.chip(q))); this.add(this.chips); } }
    if (!f.seq && f.kind === 'text') { local.set('token', null); local.set('queue', null); this.queue = []; this.drop(); }
  }
  chip(q) { const b = el('button', 'chip', q); b.type = 'button'; b.onclick = () => this.send(q); return b; }
  mine(id, text, waiting) {
    if (!text) return; let e = this.entries.get(id);
    if (!e) { e = el('div', 'me', text); this.entries.set(id, e); this.add(e); this.chips?.remove(); }
    else if (!waiting) this.add(e); // written before the history came: its place is here
    if (waiting) e.dataset.state = this.t('waiting'); else e.removeAttribute('data-state');
  }
  near() { const l = this.log; return l.scrollHeight - l.scrollTop - l.clientHeight < 80; }
  bottom(force) { if (force || this.stick) { this.log.scrollTop = this.log.scrollHeight; this.jump.hidden = true; } }
  add(node) { this.stick = this.near(); this.empty.hidden = true; this.log.append(node); if (this.stick) this.bottom(); else this.jump.hidden = false; }
  money(v, c) { try { return new Intl.NumberFormat('en', { style: 'currency', currency: c, minimumFractionDigits: v % 1 ? 2 : 0 }).format(v); } catch { return v + ' ' + c; } }
  safe(href) { try { const u = new URL(href, this.base); return /^https?:$/.test(u.protocol) ? u.href : null; } catch { return null; } }
  row(b) { return el('div', '', b.title ? el('div', 'small', b.title) : null, el('div', 'row', ...b.products.map((p) => this.card(p)))); }
  card(p) {
    const href = this.safe(p.url), src = p.image && this.safe(p.image);
    const link = (cls, ...k) => { const a = el(href ? 'a' : 'span', cls, ...k); if (href) a.href = href; return a; };
    let pic = null; if (src) { pic = el('img'); pic.src = src; pic.alt = p.alt || p.title; pic.width = 168; pic.height = 210; pic.loading = 'lazy'; }
    const was = p.list_price > p.price ? [' ', el('span', 'sr', this.t('was') + ' '), el('s', '', this.money(p.list_price, p.currency))] : [];
    const go = el('button', 'go', this.t('add')); go.type = 'button'; go.disabled = !p.in_stock;
    go.onclick = () => { document.dispatchEvent(new CustomEvent('parley-add-to-basket', { detail: { product: p.id, sku: p.sku || '', quantity: 1 } })); go.textContent = this.t('added'); setTimeout(() => { go.textContent = this.t('add'); }, 2000); };
    go.setAttribute('aria-label', this.t('add') + ': ' + p.title);
    const picture = link('pic', pic); if (href) { picture.tabIndex = -1; picture.setAttribute('aria-hidden', 'true'); }
    return el('article', 'card', picture, el('div', 'in', link('', el('b', '', p.title)), el('div', 'price', this.money(p.price, p.currency), ...was),
      p.rating ? el('span', 'small', '★ ' + p.rating.toFixed(1) + ' (' + p.review_count + ')') : null,
      !p.in_stock ? el('span', 'warn', this.t('out')) : p.stock ? el('span', 'warn', this.t('left', p.stock)) : null,
      p.colors?.length > 1 ? el('span', 'small', p.colors.map((c) => c.name).join(' · ')) : null,
      p.reason ? el('span', 'small', p.reason) : null, go));
  }
  table(b) {
    const head = el('tr', '', el('th', '', el('span', 'sr', this.t('compare'))), ...b.products.map((p) => { const href = this.safe(p.url), a = el(href ? 'a' : 'span', '', p.title); if (href) a.href = href; const th = el('th', '', a); th.scope = 'col'; return th; }));
    const rows = b.rows.map((r) => { const th = el('th', '', r.name); th.scope = 'row'; return el('tr', r.differ ? '' : 'same', th, ...r.values.map((v) => el('td', '', v || '–'))); });
    const s = el('div', 'scroll', el('table', '', el('thead', '', head), el('tbody', '', ...rows))); s.tabIndex = 0; s.setAttribute('role', 'region'); s.setAttribute('aria-label', this.t('compare')); return s;
  }
  order(o) {
    return el('div', '', el('b', '', this.t('order') + ' ' + o.id + ' · ' + (STRINGS[o.status] ? this.t(o.status) : o.status)),
      ...o.lines.map((l) => el('div', 'small', l.quantity + ' × ' + l.title + (l.options ? ', ' + l.options : '') + ' · ' + this.money(l.price, o.currency))),
      el('div', 'price', this.money(o.total, o.currency)), o.due && o.status !== 'delivered' && o.status !== 'cancelled' ? el('div', 'small', this.t('due') + ' ' + o.due) : null);
  }
  confirm(b) {
    let box = this.confirms.get(b.id);
    if (!box) { box = el('div', 'box'); this.confirms.set(b.id, box); if (b.state !== 'open') return; this.add(box); this.spoken.textContent = b.question; }
    const act = (value) => { for (const x of box.querySelectorAll('button')) x.disabled = true; const m = { type: 'act', id: newID(), of: b.id, value, text: '' }; this.queue.push(m); local.set('queue', this.queue); if (this.ws?.readyState === 1) this.ws.send(JSON.stringify(m)); else this.connect(); };
    const button = (cls, text, value) => { const x = el('button', cls, text); x.type = 'button'; x.onclick = () => act(value); return x; };
    box.replaceChildren(el('div', '', b.question), b.state === 'open' ? el('div', 'acts', button('yes', b.yes, 'confirm'), button('no', b.no, 'decline')) : el('div', 'small', this.t(b.state)));
  }
}
customElements.define('parley-chat', ParleyChat);
