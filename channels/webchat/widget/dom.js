// Elements, icons and storage. Text is only ever put in as text nodes.
const el = (tag, cls, ...kids) => {
  const e = document.createElement(tag);
  if (cls) e.className = cls;
  for (const k of kids) if (k != null && k !== '') e.append(k);
  return e;
};
const button = (cls, act, ...kids) => { const b = el('button', cls, ...kids); b.type = 'button'; b.onclick = act; return b; };

// One drawn set: 20 by 20, strokes of 1.5.
const PATHS = {
  chat: 'M3 4h14v10H9l-4 3v-3H3z', close: 'M5 5l10 10M15 5L5 15', menu: 'M4 10h.01M10 10h.01M16 10h.01', check: 'M4 10.5l4 4 8-9',
  up: 'M3 9h3v8H3zM6 10l3-7c1.6 0 2 1.2 1.7 2.4L10 8h5.6c.8 0 1.4.8 1.2 1.6l-1.5 6c-.2.8-.8 1.4-1.6 1.4H6', down: 'M3 11h3V3H3zM6 10l3 7c1.6 0 2-1.2 1.7-2.4L10 12h5.6c.8 0 1.4-.8 1.2-1.6l-1.5-6C15.100 3.600 14.500 3 13.700 3H6',
};
const icon = (name) => {
  const ns = 'http://www.w3.org/2000/svg', s = document.createElementNS(ns, 'svg'), p = document.createElementNS(ns, 'path');
  const attributes = { width: 20, height: 20, viewBox: '0 0 20 20', fill: 'none', stroke: 'currentColor', 'stroke-width': name === 'menu' ? 2.5 : 1.5, 'stroke-linejoin': 'round', 'stroke-linecap': 'round', 'aria-hidden': 'true' };
  for (const k in attributes) s.setAttribute(k, attributes[k]);
  p.setAttribute('d', PATHS[name]); s.append(p);
  return s;
};

const storage = (area) => ({
  get(k) { try { return JSON.parse(area().getItem('parley.' + k)); } catch { return null; } },
  set(k, v) { try { v == null ? area().removeItem('parley.' + k) : area().setItem('parley.' + k, JSON.stringify(v)); } catch { /* private mode: kept for this page only */ } },
});
const local = storage(() => localStorage), session = storage(() => sessionStorage);
const newID = () => (crypto.randomUUID ? crypto.randomUUID() : Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join(''));
const bytes = (text) => new TextEncoder().encode(text).length;
