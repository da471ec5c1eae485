// The basket and the shop events. No page needs it to be read.
const get = (k, d) => { try { return JSON.parse(localStorage.getItem('shop.' + k)) ?? d; } catch { return d; } };
const set = (k, v) => { try { localStorage.setItem('shop.' + k, JSON.stringify(v)); } catch { /* private mode */ } };
const id = () => (crypto.randomUUID ? crypto.randomUUID() : String(Math.random()).slice(2) + Date.now());
const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
const visitor = get('visitor') || id(); set('visitor', visitor);
$('parley-chat')?.setAttribute('visitor', visitor); // so that the chat knows what was looked at
const words = document.body.dataset;

function track(event, properties) {
  const body = JSON.stringify({ batch: [{ event, messageId: id(), anonymousId: visitor, timestamp: new Date().toISOString(), properties }] });
  fetch('/v1/events', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body, keepalive: true }).catch(() => {});
}
const wide = matchMedia('(min-width:760px)');
const filters = $('.filters'); if (filters) { const fit = () => { filters.open = wide.matches; }; fit(); wide.addEventListener('change', fit); }
$$('select.auto').forEach((s) => s.addEventListener('change', () => s.form.requestSubmit()));

const dialog = $('dialog.basket');
function draw() {
  const items = get('basket', []);
  $('.count').textContent = items.reduce((n, i) => n + i.quantity, 0);
  const list = $('ul', dialog); list.replaceChildren();
  for (const i of items) {
    const li = document.createElement('li'), img = document.createElement('img'), text = document.createElement('span'), b = document.createElement('button');
    img.src = i.image; img.alt = ''; text.textContent = i.quantity + ' × ' + i.title + ' · $' + i.price;
    b.textContent = '✕'; b.setAttribute('aria-label', words.remove + ': ' + i.title);
    b.onclick = () => { set('basket', get('basket', []).filter((x) => x.sku !== i.sku)); track('Product Removed', { product_id: i.product, sku: i.sku }); draw(); };
    li.append(img, text, b); list.append(li);
  }
  if (!items.length) { const li = document.createElement('li'); li.textContent = words.empty; list.append(li); }
  $('.sum span', dialog).textContent = '$' + items.reduce((n, i) => n + i.quantity * i.price, 0).toFixed(2);
  $('.checkout', dialog).disabled = !items.length;
}
function add(item) {
  const items = get('basket', []), same = items.find((i) => i.sku === item.sku);
  if (same) same.quantity += item.quantity; else items.push(item);
  set('basket', items); track('Product Added', { product_id: item.product, sku: item.sku, price: item.price, quantity: item.quantity }); draw();
}
$('.open-basket').onclick = () => { dialog.showModal(); track('Cart Viewed', {}); };
$('.shut').onclick = () => dialog.close();
$('.checkout').onclick = () => { const items = get('basket', []); track('Checkout Started', {}); track('Order Completed', { order_id: id(), products: items.map((i) => ({ product_id: i.product, sku: i.sku, quantity: i.quantity })) }); set('basket', []); draw(); $('ul li', dialog).textContent = words.ordered; };
const buy = $('form.buy');
if (buy) {
  const select = $('select', buy), button = $('button', buy), first = [...select.options].find((o) => !o.disabled); if (first) first.selected = true;
  const show = () => { const o = select.selectedOptions[0]; if (o && o.dataset.image) $('.big').src = o.dataset.image; };
  select.onchange = show; show();
  buy.onsubmit = (e) => { e.preventDefault(); const o = select.selectedOptions[0]; add({ product: words.product, sku: o.value, title: button.dataset.title, image: o.dataset.image || button.dataset.image, price: Number(o.dataset.price), quantity: 1 }); dialog.showModal(); };
}
// The chat's "Add to basket": details come from the product's page.
document.addEventListener('parley-add-to-basket', async (e) => {
  const { product, sku, quantity } = e.detail;
  const card = { product, sku: sku || product, title: product, image: '', price: 0, quantity };
  try {
    const r = await fetch('/v1/product/' + encodeURIComponent(product));
    if (r.ok) { const p = await r.json(); Object.assign(card, { sku: sku || p.sku, title: p.title, image: p.image, price: p.price }); }
  } catch { /* the line is added with what is known */ }
  add(card);
});
$$('[data-click]').forEach((a) => a.addEventListener('click', () => track('Product Clicked', { product_id: a.dataset.click })));
if (words.product) track('Product Viewed', { product_id: words.product });
else if (location.pathname === '/') { const q = new URLSearchParams(location.search).get('q'); track(q ? 'Products Searched' : 'Product List Viewed', q ? { query: q } : {}); }
draw();
