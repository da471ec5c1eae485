// The basket and the shop events. No page needs it to be read.
const get = (k, d) => { try { return JSON.parse(localStorage.getItem('shop.' + k)) ?? d; } catch { return d; } };
const set = (k, v) => { try { localStorage.setItem('shop.' + k, JSON.stringify(v)); } catch { /* private mode */ } };
const id = () => (crypto.randomUUID ? crypto.randomUUID() : String(Math.random()).slice(2) + Date.now());
const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
const make = (tag, cls, ...kids) => { const e = document.createElement(tag); if (cls) e.className = cls; e.append(...kids.filter((k) => k != null)); return e; };
const words = document.body.dataset;
const visitor = get('visitor') || id(); set('visitor', visitor);
$('parley-chat')?.setAttribute('visitor', visitor); // so that the chat knows what was looked at

// Events carry the names and properties of the Segment e-commerce spec.
function track(event, properties) {
  const body = JSON.stringify({ batch: [{ event, messageId: id(), anonymousId: visitor, timestamp: new Date().toISOString(), properties }] });
  fetch('/v1/events', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body, keepalive: true }).catch(() => {});
}
const money = (v, c) => { try { return new Intl.NumberFormat('en', { style: 'currency', currency: c || 'USD', minimumFractionDigits: v % 1 ? 2 : 0 }).format(v); } catch { return v + ' ' + c; } };
const told = (i) => ({ product_id: i.product, sku: i.sku, name: i.name || i.title, variant: i.options, category: i.category, price: i.price, quantity: i.quantity, currency: i.currency });
const sum = (items) => Math.round(items.reduce((n, i) => n + i.quantity * i.price * 100, 0)) / 100;

// The filters: open beside the grid, a sheet on phones.
const wide = matchMedia('(min-width:760px)'), filters = $('.filters');
if (filters) {
  const fit = () => { filters.open = wide.matches; }; fit(); wide.addEventListener('change', fit);
  const shut = () => { if (!wide.matches && filters.open) { filters.open = false; $('summary', filters).focus(); } };
  $('.shut', filters).onclick = shut;
  filters.addEventListener('keydown', (e) => { if (e.key === 'Escape') shut(); });
  filters.addEventListener('click', (e) => { if (e.target === filters) shut(); });
  filters.addEventListener('toggle', () => { if (filters.open && !wide.matches) $('.shut', filters).focus(); });
  $('form', filters).addEventListener('submit', (e) => { for (const f of e.target.elements) f.disabled ||= f.name && !f.value; }); // short addresses
}
$$('select.auto').forEach((s) => s.addEventListener('change', () => s.form.requestSubmit()));

// The basket: a drawer over what is kept in this browser.
const dialog = $('dialog.basket'), spoken = $('[role=status]', dialog);
function draw() {
  const items = get('basket', []), list = $('ul', dialog);
  $('.count').textContent = items.reduce((n, i) => n + i.quantity, 0);
  list.replaceChildren();
  for (const i of items) {
    const img = make('img'); img.src = i.image; img.alt = '';
    const mark = (text, label, act) => { const b = make('button', '', text); b.type = 'button'; b.setAttribute('aria-label', label + ': ' + i.title); b.onclick = act; return b; };
    const many = make('div', 'many', mark('−', i.quantity > 1 ? words.fewer : words.remove, () => change(i.sku, -1)), make('span', '', i.quantity), mark('+', words.another, () => change(i.sku, 1)));
    list.append(make('li', '', img, make('div', '', i.title, i.options ? make('div', 'small', i.options) : null, many), make('span', 'price', money(i.price * i.quantity, i.currency))));
  }
  if (!items.length) list.append(make('li', 'empty', words.empty));
  $('.due', dialog).hidden = !items.length;
  $('.sum span', dialog).textContent = money(sum(items), items[0]?.currency);
}
function change(sku, by) {
  const items = get('basket', []), i = items.find((x) => x.sku === sku);
  if (!i) return draw();
  track(by > 0 ? 'Product Added' : 'Product Removed', { ...told(i), quantity: 1 });
  i.quantity += by;
  set('basket', items.filter((x) => x.quantity > 0)); draw();
  ($$('.many', dialog).find((m, k) => get('basket', [])[k]?.sku === sku)?.children[by > 0 ? 2 : 0] ?? $('.shut', dialog)).focus();
}
function add(item) {
  const items = get('basket', []), same = items.find((i) => i.sku === item.sku);
  if (same) same.quantity += item.quantity; else items.push(item);
  set('basket', items); track('Product Added', told(item)); draw();
}
// line asks the shop for what a basket shows of a product.
async function line(product, sku, quantity = 1) {
  const r = await fetch('/v1/product/' + encodeURIComponent(product) + (sku ? '?sku=' + encodeURIComponent(sku) : ''));
  if (!r.ok) throw new Error('no product ' + product);
  return { product, quantity, ...await r.json() };
}
const show = () => { if (!dialog.open) dialog.showModal(); track('Cart Viewed', { products: get('basket', []).map(told) }); };
$('.open-basket').onclick = () => { draw(); show(); };
$('.shut', dialog).onclick = () => dialog.close();
dialog.addEventListener('click', (e) => { if (e.target === dialog && e.offsetX < 0) dialog.close(); });
$('.checkout').onclick = () => {
  const items = get('basket', []), order = { order_id: id(), total: sum(items), revenue: sum(items), currency: items[0]?.currency, products: items.map(told) };
  track('Checkout Started', order); track('Order Completed', order);
  set('basket', []); draw(); $('ul li', dialog).textContent = spoken.textContent = words.ordered; $('.shut', dialog).focus();
};
addEventListener('storage', (e) => { if (e.key === 'shop.basket') draw(); }); // another page changed it

// The product page: options choose a variant.
const buy = $('form.buy');
if (buy) {
  const all = JSON.parse(buy.dataset.variants || '[]'), go = $('button', buy), price = $('#price'), stock = $('.stock', buy);
  const chosen = () => Object.fromEntries($$('input:checked', buy).map((i) => [i.name, i.value]));
  const find = (want) => all.find((v) => Object.entries(want).every(([k, x]) => (v.options[k] || '') === x));
  const start = all.find((v) => v.stock > 0) || all[0];
  for (const i of $$('input', buy)) if (start) i.checked = start.options[i.name] === i.value;
  const fit = () => {
    const want = chosen(), v = find(want);
    for (const i of $$('input', buy)) i.parentNode.classList.toggle('off', !(find({ ...want, [i.name]: i.value })?.stock > 0));
    go.disabled = !(v?.stock > 0); go.textContent = go.disabled && !v ? words.none : go.disabled ? words.out : words.add;
    stock.textContent = v && v.stock > 0 && v.stock <= 5 ? words.left.replace('{n}', v.stock) : '';
    if (!v) return null;
    if (v.image) $('.big').src = v.image;
    price.replaceChildren(money(v.price, buy.dataset.currency), ...(v.was ? [' ', make('s', '', make('span', 'sr', words.was + ' '), money(v.was, buy.dataset.currency))] : []));
    return v;
  };
  buy.addEventListener('change', fit); fit();
  const mine = () => { const v = fit(); return { product: words.product, sku: v.sku, title: go.dataset.title, name: buy.dataset.name, category: buy.dataset.category, image: v.image || $('.big').src, price: v.price, currency: buy.dataset.currency, options: $$('label:has(:checked) span', buy).map((s) => s.textContent).join(', '), quantity: 1 }; };
  buy.onsubmit = (e) => { e.preventDefault(); if (fit()?.stock > 0) { add(mine()); show(); } };
  const both = $('.addall');
  if (both) both.onclick = async () => { if (!(fit()?.stock > 0)) return go.focus(); try { const others = await Promise.all(both.dataset.ids.split(',').map((x) => line(x))); for (const x of [mine(), ...others]) add(x); show(); } catch { both.disabled = true; } };
  track('Product Viewed', { product_id: words.product, name: buy.dataset.name, category: buy.dataset.category, price: all[0]?.price, currency: buy.dataset.currency, url: location.href });
}
// The chat knows who asks; without it the page says how to open it.
$('.mydata').onclick = (e) => { const chat = $('parley-chat'); if (chat?.mydata) { e.preventDefault(); chat.mydata(); } };
// The chat's "Add to basket".
document.addEventListener('parley-add-to-basket', async (e) => { const { product, sku, quantity } = e.detail; try { add(await line(product, sku, quantity)); } catch { /* it is not in this shop any more */ } });

const list = $('[data-list]');
$$('[data-click]').forEach((a, n) => a.addEventListener('click', () => track('Product Clicked', { product_id: a.dataset.click, name: $('b', a).textContent, position: n + 1, url: a.href })));
if (list) {
  const products = $$('[data-click]', list).map((a, n) => ({ product_id: a.dataset.click, name: $('b', a).textContent, position: n + 1 }));
  if (list.dataset.query) track('Products Searched', { query: list.dataset.query });
  track('Product List Viewed', { list_id: list.dataset.list, category: list.dataset.list === 'all' || list.dataset.query ? undefined : list.dataset.list, products });
}
draw();
