// The page works without this. With it, what was opened from the chat needs no second press.
const go = document.querySelector('[data-go]');
if (go) go.tagName === 'FORM' ? go.requestSubmit() : location.replace(go.href);
