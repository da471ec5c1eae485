// Cards: products, comparison, orders, facts. Each makes an element from an
// entry's body; t gives the words, base is where relative addresses lead from.
class Cards {
  constructor(t, base, lang) { this.t = t; this.base = base; this.lang = lang; }
  date(text) { const d = new Date(text + 'T12:00'); return isNaN(d) ? text : d.toLocaleDateString(this.lang(), { day: 'numeric', month: 'long', year: 'numeric' }); }
  money(v, c) { try { return new Intl.NumberFormat('en', { style: 'currency', currency: c, minimumFractionDigits: v % 1 ? 2 : 0 }).format(v); } catch { return v + ' ' + c; } }
  safe(href) { try { const u = new URL(href, this.base); return /^https?:$/.test(u.protocol) ? u.href : null; } catch { return null; } }
  link(href, cls, ...kids) { const to = href && this.safe(href), a = el(to ? 'a' : 'span', cls, ...kids); if (to) a.href = to; return a; }
  picture(src, alt, cls, width, height) { const to = src && this.safe(src); if (!to) return null; const i = el('img', cls); i.src = to; i.alt = alt; i.width = width; i.height = height; i.loading = 'lazy'; return i; }

  products(b) { const row = el('div', 'row', ...b.products.map((p) => this.product(p))); row.setAttribute('role', 'list'); for (const c of row.children) c.setAttribute('role', 'listitem'); return el('div', '', b.title ? el('div', 'small', b.title) : null, ...(b.guides || []).map((g) => el('p', '', this.link(g.url, '', g.title))), b.products.length ? row : null); }
  product(p) {
    const was = p.list_price > p.price ? [' ', el('span', 'sr', this.t('was') + ' '), el('s', '', this.money(p.list_price, p.currency))] : [];
    const go = button('go', () => { document.dispatchEvent(new CustomEvent('parley-add-to-basket', { detail: { product: p.id, sku: p.sku || '', quantity: 1 } })); go.textContent = this.t('added'); setTimeout(() => { go.textContent = this.t('add'); }, 2000); }, this.t('add'));
    go.disabled = !p.in_stock; go.setAttribute('aria-label', this.t('add') + ': ' + p.title);
    const pic = this.link(p.url, 'pic', this.picture(p.image, p.alt || p.title, '', 168, 210));
    if (pic.href) { pic.tabIndex = -1; pic.setAttribute('aria-hidden', 'true'); }
    return el('div', 'card', pic, el('div', 'in', this.link(p.url, '', el('b', '', p.title)), p.price ? el('div', 'price', this.money(p.price, p.currency), ...was) : null,
      p.rating ? el('span', 'small', '★ ' + p.rating.toFixed(1) + ' (' + p.review_count + ')') : null,
      !p.in_stock ? el('span', 'warn', this.t('out')) : p.stock ? el('span', 'warn', this.t('left', p.stock)) : null,
      p.colors?.length > 1 ? this.swatches(p.colors) : null, p.reason ? el('span', 'small', p.reason) : null, go));
  }
  // The colours a product comes in: a piece of each picture, or the name.
  swatches(colors) {
    const dots = colors.slice(0, 5).map((c) => { const i = this.picture(c.image, c.name, '', 20, 20); if (!i) return el('span', '', c.name); const d = el('span', 'dot', i); d.title = c.name; return d; });
    const e = el('span', 'dots small', ...dots, colors.length > 5 ? '+' + (colors.length - 5) : null); e.setAttribute('role', 'group'); e.setAttribute('aria-label', this.t('colors')); return e;
  }
  comparison(b) {
    const head = el('tr', '', el('th', '', el('span', 'sr', this.t('compare'))), ...b.products.map((p) => { const th = el('th', '', this.link(p.url, '', p.title)); th.scope = 'col'; return th; }));
    const rows = b.rows.map((r) => { const th = el('th', '', r.name); th.scope = 'row'; return el('tr', r.differ ? '' : 'same', th, ...r.values.map((v) => el('td', '', v || '–'))); });
    const s = el('div', 'scroll', el('table', '', el('thead', '', head), el('tbody', '', ...rows))); s.tabIndex = 0; s.setAttribute('role', 'group'); s.setAttribute('aria-label', this.t('compare') + ': ' + b.products.map((p) => p.title).join(', ')); return s;
  }
  orders(b) { return el('div', 'box', ...b.orders.map((o) => this.order(o))); }
  order(o) {
    return el('div', '', el('b', '', this.t('order') + ' ' + o.id + ' · ' + (STRINGS[o.status] ? this.t(o.status) : o.status)),
      ...o.lines.map((l) => el('div', 'small', l.quantity + ' × ' + l.title + (l.options ? ', ' + l.options : '') + ' · ' + this.money(l.price, o.currency))),
      el('div', 'price', this.money(o.total, o.currency)), o.due && o.status !== 'delivered' && o.status !== 'cancelled' ? el('div', 'small', this.t('due') + ' ' + this.date(o.due)) : null);
  }
  facts(b) { return b.facts.length ? el('div', 'box', el('b', '', this.t('facts')), ...b.facts.map((x) => el('div', '', x.words, ' ', el('span', 'small', x.since || '')))) : null; }
}
