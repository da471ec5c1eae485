// The element itself: what is shown, and what is pressed.
const MOST = 8000; // characters of one message

class ParleyChat extends HTMLElement {
  static observedAttributes = ['customer'];
  // A page that stays while somebody signs in or out.
  attributeChangedCallback() {
    const as = whose(this.getAttribute('customer') || '');
    if (!this.link || as === this.link.as) return;
    this.link.meet(as); this.link.drop(); this.reset(); if (this.opened) this.link.connect();
  }
  connectedCallback() {
    if (this.shadowRoot) return;
    this.base = this.getAttribute('endpoint') || new URL(import.meta.url).origin;
    this.lang_ = (local.get('lang') || this.getAttribute('lang') || document.documentElement.lang || 'en').startsWith('zh') ? 1 : 0;
    this.last = 0; this.entries = new Map(); this.confirms = new Map(); this.live = null; this.stick = true;
    this.cards = new Cards((key, n) => this.t(key, n), this.base, () => this.locale());
    const root = this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet(); sheet.replaceSync(CSS); root.adoptedStyleSheets = [sheet];
    this.link = new Link(this.base, this); this.link.meet(whose(this.getAttribute('customer') || ''));
    this.build(root); this.unsent();
    this.phone = matchMedia('(max-width:479px)'); this.phone.addEventListener('change', () => this.fill());
    if (window.visualViewport) { const fit = () => { this.panel.style.setProperty('--tall', visualViewport.height + 'px'); this.panel.style.setProperty('--top', visualViewport.offsetTop + 'px'); }; visualViewport.addEventListener('resize', fit); visualViewport.addEventListener('scroll', fit); }
    if (session.get('open')) this.open(true);
  }
  locale() { return this.lang_ ? 'zh-CN' : 'en-GB'; }
  t(key, n) { return STRINGS[key][this.lang_].replace('{n}', n); }
  who() { return { customer: this.getAttribute('customer') || '', locale: this.lang_ ? 'zh' : 'en', visitor: this.getAttribute('visitor') || '', page: this.page() }; }
  page() { const clip = (s) => (s || '').slice(0, 300); return { url: clip(location.pathname + location.search), title: clip(this.getAttribute('page-title') || document.title), product: clip(this.getAttribute('product')) }; }

  build(root) {
    const name = this.getAttribute('shop') || document.title, title = this.t('title') + ' ' + name;
    this.dot = el('span', 'unread'); this.dot.hidden = true; this.dot.append(el('span', 'sr', this.t('unread')));
    this.launch = button('launch', () => this.open(), icon('chat'), el('span', '', this.t('open')), this.dot);
    this.launch.part = 'launcher'; this.launch.setAttribute('aria-haspopup', 'dialog');
    this.answers = el('small', '', this.t('assistant'));
    const menu = this.menu = el('div', 'menu'); menu.hidden = true; menu.id = 'menu';
    const item = (key, act) => menu.append(button('', () => { this.unfold(false); act(); }, this.t(key)));
    item('lang', () => this.speak(this.lang_ ? 'en' : 'zh')); item('know', () => this.send(this.t('know'))); item('forget', () => this.send(this.t('forget'))); item('mine', () => this.mydata(window.open('about:blank')));
    item('fresh', () => this.fresh()); item('end', () => this.end());
    const mark = (key, pic, act) => { const b = button('icon', act, icon(pic)); b.setAttribute('aria-label', this.t(key)); return b; };
    this.more = mark('menu', 'menu', () => this.unfold(menu.hidden)); this.more.setAttribute('aria-expanded', 'false'); this.more.setAttribute('aria-controls', 'menu');
    const bar = el('div', 'head', el('div', '', el('b', '', name), this.answers), this.more, mark('close', 'close', () => this.close())); bar.part = 'header';
    const log = this.log = el('div', 'log'); log.part = 'log'; log.setAttribute('role', 'log'); log.setAttribute('aria-live', 'off'); log.tabIndex = 0; log.setAttribute('aria-label', title);
    log.addEventListener('scroll', () => { const up = log.scrollTop < this.top - 2; this.top = log.scrollTop; if (this.near()) { this.stick = true; this.jump.hidden = true; } else if (up) this.stick = false; });
    new ResizeObserver(() => { if (this.stick) this.follow(true); }).observe(log); // a phone's keyboard came or went
    log.addEventListener('click', (e) => e.target.closest('.me,.bot')?.classList.toggle('timed'));
    this.empty = el('div', '', el('p', 'bot', this.t('greet')), this.starters = el('div', 'chips')); log.append(this.empty);
    this.jump = button('chip jump', () => this.bottom(), this.t('more')); this.jump.hidden = true;
    this.state = el('div', 'state'); this.spoken = el('div', 'sr'); this.spoken.setAttribute('role', 'status'); this.spoken.setAttribute('aria-live', 'polite');
    const input = this.input = el('textarea'); input.part = 'input'; input.rows = 1; input.setAttribute('aria-label', this.t('input')); input.placeholder = this.t('input'); input.enterKeyHint = 'send';
    input.addEventListener('input', () => { input.style.height = 'auto'; input.style.height = Math.min(120, input.scrollHeight + 2) + 'px'; });
    input.addEventListener('keydown', (e) => { if (e.key === 'Enter' && !e.shiftKey && !e.isComposing && e.keyCode !== 229) { e.preventDefault(); form.requestSubmit(); } });
    const form = this.form = el('form', '', input, el('button', 'yes', this.t('send')));
    form.onsubmit = (e) => { e.preventDefault(); const text = input.value.trim(); if (text && this.send(text)) { this.input.value = ''; this.input.style.height = 'auto'; } };
    const panel = this.panel = el('section', 'panel', bar, menu, log, this.jump, this.state, this.spoken, form);
    panel.part = 'panel'; panel.setAttribute('role', 'dialog'); panel.setAttribute('aria-label', title);
    panel.addEventListener('keydown', (e) => this.key(e)); panel.addEventListener('click', (e) => { if (!menu.hidden && !menu.contains(e.target) && !this.more.contains(e.target)) this.unfold(false); });
    root.replaceChildren(this.launch, panel);
  }
  // mydata opens the page with what is kept, in a window or here.
  async mydata(w) {
    if (w) w.opener = null;
    try { const at = await this.link.mine(); if (w) w.location.replace(at); else location.href = at; } catch { w?.close(); this.tell(this.t('offline')); }
  }
  key(e) {
    if (e.key === 'Escape') { e.stopPropagation(); if (this.menu.hidden) this.close(); else this.unfold(false); }
    if (e.key !== 'Tab' || !this.phone.matches) return; // full screen: the page behind is covered
    const all = [...this.panel.querySelectorAll('button,a[href],textarea,[tabindex="0"]')].filter((x) => !x.disabled && x.tabIndex >= 0 && x.offsetParent), edge = e.shiftKey ? all[0] : all.at(-1);
    if (this.shadowRoot.activeElement === edge) { e.preventDefault(); (e.shiftKey ? all.at(-1) : all[0]).focus(); }
  }
  unfold(on) { if (this.menu.hidden === !on) return; this.menu.hidden = !on; this.more.setAttribute('aria-expanded', String(on)); (on ? this.menu.firstChild : this.more).focus(); }
  // On a phone the chat is all there is: the page behind neither scrolls nor counts.
  fill() { const on = !!this.opened && this.phone.matches; this.panel.setAttribute('aria-modal', String(on)); document.documentElement.style.overflow = on ? 'hidden' : ''; }
  open(quiet) {
    if (this.opened) return;
    this.opened = true; this.dot.hidden = true; this.setAttribute('data-open', ''); session.set('open', true); this.fill();
    this.link.connect(); if (!quiet) this.input.focus(); this.bottom(); this.dispatchEvent(new Event('parley-open'));
  }
  close() { this.opened = false; this.removeAttribute('data-open'); session.set('open', null); this.fill(); this.launch.focus(); this.dispatchEvent(new Event('parley-close')); }
  speak(lang) { const draft = this.input.value; local.set('lang', lang); this.lang_ = lang === 'zh' ? 1 : 0; this.build(this.shadowRoot); this.reset(); this.input.value = draft; this.link.drop(); if (this.opened) { this.fill(); this.link.connect(); this.input.focus(); } }
  // reset shows nothing but what is not sent yet; the history comes again.
  reset() { this.last = 0; this.day = ''; this.entries.clear(); this.confirms.clear(); this.live = this.chips = this.asked = null; this.log.replaceChildren(this.empty); this.empty.hidden = false; this.answers.textContent = this.t('assistant'); this.say(''); this.unsent(); }
  unsent() { for (const m of this.link.queue) if (m.type === 'send') this.mine(m.id, m.text, true); }
  fresh() { this.goodbye?.remove(); this.form.hidden = false; this.link.forget(); this.reset(); this.link.connect(); this.input.focus(); }
  end() {
    this.goodbye?.remove(); this.form.hidden = true;
    const rate = (value) => { this.link.put({ type: 'act', id: newID(), of: 'rating', value, text: '' }); acts.replaceChildren(again); line.textContent = this.t('thanks'); again.focus(); };
    const again = button('yes', () => this.fresh(), this.t('fresh')), line = el('div', '', this.t('ended'));
    const acts = el('div', 'acts', button('no', () => rate('up'), icon('up'), this.t('good')), button('no', () => rate('down'), icon('down'), this.t('bad')), again);
    this.goodbye = el('div', 'box ended', line, acts); line.tabIndex = -1; this.panel.append(this.goodbye); this.bottom(); line.focus();
  }
  say(key) { this.said = key; this.state.textContent = key ? this.t(key) : ''; }
  calm() { if (this.said === 'offline' || this.said === 'again') this.say(''); }
  tell(text) { this.said = ''; this.state.textContent = this.spoken.textContent = text; }
  starters_(list) { this.starters.replaceChildren(...list.map((q) => this.chip(q))); }

  // send gives false for what is too long; the words stay with the caller.
  send(text) {
    const n = [...text].length;
    if (!text.trim()) return false;
    const m = { type: 'send', id: newID(), text, page: this.page() };
    if (n > MOST || bytes(JSON.stringify(m)) > MOST_FRAME) { this.tell(this.t('long', n)); return false; }
    // Who writes Chinese gets the buttons in Chinese, unless a language was chosen.
    if (!this.lang_ && !local.get('lang') && /\p{Script=Han}/u.test(text)) this.speak('zh');
    this.goodbye?.remove(); this.form.hidden = false;
    if (!this.link.put(m)) return false;
    this.mine(m.id, m.text, true); this.bottom();
    return true;
  }

  frame(f) {
    switch (f.type) {
      case 'welcome': this.answers.textContent = f.agent === 'assistant' ? this.t('assistant') : f.agent; break;
      case 'stored': this.mark(f.id, ''); break;
      case 'status': if (!this.live) this.say((f.doing === 'looking' && STRINGS[f.what] ? f.what : { thinking: 'thinking', looking: 'looking', typing: 'typing' }[f.doing]) || ''); break;
      case 'delta': this.delta(f); break;
      case 'entry': this.entry(f); break;
      case 'pong': this.calm(); break;
      case 'error': this.refused(f); break;
    }
  }
  refused(f) {
    if (f.code === 'not_stored' || f.code === 'too_fast') { this.tell(f.text); this.link.flushSoon(); return; }
    const m = this.link.queue.find((x) => x.id === f.id);
    if (f.id) { this.link.settle(f.id); this.mark(f.id, this.t('failed') + ': ' + f.text, true); }
    if (m?.type === 'act') this.confirms.get(m.of)?.ask();
    this.tell(f.text);
  }
  mark(id, state, failed) { const e = this.entries.get(id); if (!e) return; e.toggleAttribute('data-failed', !!failed); if (state) e.dataset.state = state; else e.removeAttribute('data-state'); }
  delta(f) {
    if (f.of === this.answered) return; // late: the whole answer stands already
    if (!this.live || this.live.of !== f.of) { if (f.at > 0) return; this.live?.e.remove(); this.live = { of: f.of, e: el('div', 'bot') }; this.say(''); this.add(this.live.e, true); }
    const now = this.live.e.textContent; if (f.at > now.length) return;
    this.live.e.textContent = now.slice(0, f.at) + f.text; this.follow(true);
  }
  entry(f) {
    if (f.seq) { if (f.seq <= this.last) return; this.last = f.seq; }
    const b = f.body, role = f.from.role, answer = role === 'assistant';
    this.answered = f.answers || this.answered;
    this.today(f.at);
    if (role === 'shopper') { this.link.settle(f.id); if (f.kind === 'text') { this.mine(f.id, b.text, false, f.at); this.chips?.remove(); } return; }
    if (f.kind !== 'confirm' || b.state === 'open') { if (this.chips && this.chips.of !== f.answers) { this.chips.remove(); this.chips = null; } }
    this.say('');
    // The answer to an erasure is shown and not kept; what it erased goes from sight too.
    if (!f.seq && f.kind === 'text') { this.link.forget(); this.reset(); }
    let node = null;
    switch (f.kind) {
      case 'text': node = el('div', 'bot', role === 'staff' ? this.person(f.from.name) : null, b.text, this.clock(f.at)); break;
      case 'products': node = this.cards.products(b); break;
      case 'comparison': node = this.cards.comparison(b); break;
      case 'order': node = this.cards.orders(b); break;
      case 'facts': node = this.cards.facts(b); break;
      case 'confirm': this.confirm(b); break;
      case 'handoff': this.answers.textContent = b.state === 'claimed' ? b.who : this.t(b.state === 'requested' ? 'queued' : 'assistant'); node = el('div', 'note', b.text || (b.state === 'requested' ? this.t('requested') : '')); break;
      case 'notice': node = el('div', 'note', b.text); break;
    }
    if (node) { if (f.kind === 'text' && this.live && this.live.of === f.answers) { this.live.e.replaceWith(node); this.live = null; this.follow(true); } else this.add(node, answer); }
    if (f.kind === 'text' || f.kind === 'handoff' && b.text) { this.spoken.textContent = b.text; if (!this.opened) this.dot.hidden = false; }
    if (f.kind === 'text' && b.suggest?.length) { this.chips = el('div', 'chips', ...b.suggest.map((q) => this.chip(q))); this.chips.of = f.answers; }
    if (this.chips && this.chips.of === f.answers) this.add(this.chips, answer); // last, after the cards
  }
  person(name) { const i = el('i', '', [...(name || '?')][0].toUpperCase()); i.setAttribute('aria-hidden', 'true'); return el('span', 'who', i, name); }
  clock(at) { const t = el('time', '', new Date(at || Date.now()).toLocaleTimeString(this.locale(), { hour: 'numeric', minute: '2-digit' })); if (at) t.dateTime = at; return t; }
  // today puts a line between days.
  today(at) {
    const d = new Date(at || Date.now()), day = d.toDateString();
    if (day !== this.day && (this.day || day !== new Date().toDateString())) this.add(el('div', 'day', d.toLocaleDateString(this.locale(), { weekday: 'long', day: 'numeric', month: 'long' })), true);
    this.day = day;
  }
  chip(q) { return button('chip', () => this.send(q), q); }
  mine(id, text, waiting, at) {
    if (!text) return;
    let e = this.entries.get(id); const known = !!e;
    if (!known) { e = el('div', 'me', text, this.clock(at)); this.entries.set(id, e); this.chips?.remove(); }
    if (!waiting && this.live?.of === id) this.live.e.before(e); // its answer was faster
    else if (!known || !waiting) this.add(e, true); // also what was written before the history came: its place is here
    if (waiting || !this.asked?.isConnected || e.compareDocumentPosition(this.asked) & 2) this.asked = e;
    this.mark(id, waiting ? this.t('waiting') : '');
    if (!waiting) this.follow(true);
  }
  near() { const l = this.log; return l.scrollHeight - l.scrollTop - l.clientHeight < 40; }
  bottom() { this.stick = true; this.log.scrollTop = this.log.scrollHeight; this.top = this.log.scrollTop; this.jump.hidden = true; }
  // follow keeps the newest in sight while the reader has not scrolled up, and
  // never so far that the question of a long answer leaves at the top.
  follow(answer) {
    if (!this.stick) { this.jump.hidden = false; return; }
    const l = this.log, most = l.scrollHeight - l.clientHeight, q = this.asked;
    const to = answer && q?.isConnected ? Math.min(most, Math.max(0, q.offsetTop - l.offsetTop - 8)) : most;
    if (to > l.scrollTop) l.scrollTop = to;
    this.top = l.scrollTop;
  }
  add(node, answer) { const near = this.near(); this.empty.hidden = true; this.log.append(node); if (!answer && !near) this.jump.hidden = false; else this.follow(answer); }
  confirm(b) {
    let box = this.confirms.get(b.id);
    if (!box) { box = el('div', 'box'); this.confirms.set(b.id, box); if (b.state !== 'open') return; this.add(box, true); this.spoken.textContent = b.question; if (!this.opened) this.dot.hidden = false; }
    if (b.state !== 'open') { box.replaceChildren(el('div', 'receipt', b.state === 'done' ? icon('check') : null, el('div', '', b.yes, el('div', 'small', this.t(b.state))))); return; }
    box.ask = () => {
      const sent = this.link.queue.some((m) => m.of === b.id);
      const act = (value) => { this.link.put({ type: 'act', id: newID(), of: b.id, value, text: '' }); box.ask(); this.log.focus(); };
      const press = (cls, text, value) => { const x = button(cls, () => act(value), text); x.disabled = sent; return x; };
      box.replaceChildren(el('div', '', b.question), el('div', 'acts', press('yes', b.yes, 'confirm'), press('no', b.no, 'decline')), sent ? el('div', 'small', this.t('waiting')) : '');
    };
    box.ask();
  }
}
customElements.define('parley-chat', ParleyChat);
