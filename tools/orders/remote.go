package orders

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// OpenAPI describes the server that [Remote] speaks with, as OpenAPI 3.
//
//go:embed openapi.yaml
var OpenAPI []byte

// Remote asks a shop's own server, as openapi.yaml describes it. What the server
// answers is not trusted to be right: an order of another customer, an answer
// that is cut off or too long, or none in time, is a failure and shows nobody
// anything.
type Remote struct {
	base   *url.URL
	cfg    RemoteConfig
	client *http.Client
}

// RemoteConfig names the server.
type RemoteConfig struct {
	URL       string        // where the paths of openapi.yaml begin; http only on this machine
	Token     string        // sent as a bearer token
	Timeout   time.Duration // of one try; 0: 5 s
	Backoff   time.Duration // before the second try, doubled before the third; 0: 200 ms
	Transport http.RoundTripper
}

// How much of an answer is read, and how often is tried.
const (
	mostBody  = 1 << 20
	mostTries = 3
)

// NewRemote checks the configuration. It asks the server nothing yet.
func NewRemote(cfg RemoteConfig) (*Remote, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fmt.Errorf("the order server %q is no address as in https://shop.example/assistant, without user, query or fragment", cfg.URL)
	}
	if u.Scheme == "http" && !local(u.Hostname()) {
		return nil, fmt.Errorf("the order server %s would be told who orders what in the clear: give an https address", cfg.URL)
	}
	cfg.Timeout, cfg.Backoff = cmp.Or(cfg.Timeout, 5*time.Second), cmp.Or(cfg.Backoff, 200*time.Millisecond)
	return &Remote{base: u, cfg: cfg, client: &http.Client{
		Transport: cfg.Transport,
		// A redirect could carry the token, or a change, to somewhere else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

type found struct {
	Customer string `json:"customer"`
}

// Find asks for the customer with an e-mail address, or a name and postcode.
func (r *Remote) Find(ctx context.Context, who Who) (string, error) {
	if who.Email == "" && (who.Name == "" || who.Zip == "") {
		return "", ErrNotFound
	}
	var out found
	err := r.ask(ctx, request{what: "find a customer", method: http.MethodPost, path: []string{"find"}, again: true, body: map[string]string{"email": who.Email, "name": who.Name, "postcode": who.Zip}}, &out)
	return out.Customer, whole(err, out.Customer != "")
}

// Prove asks whose an order is. It is tried once: the server may count tries.
func (r *Remote) Prove(ctx context.Context, order, proof string) (string, error) {
	if order = Number(order); order == "" || proof == "" || len(order)+len(proof) > 1000 {
		return "", ErrNotFound
	}
	var out found
	err := r.ask(ctx, request{what: "prove an order", method: http.MethodPost, path: []string{"proofs"}, body: map[string]string{"order": order, "proof": proof}}, &out)
	return out.Customer, whole(err, out.Customer != "")
}

// Customer asks for a customer's own record.
func (r *Remote) Customer(ctx context.Context, customer string) (Customer, error) {
	var out Customer
	if err := r.ask(ctx, request{what: "read a customer", method: http.MethodGet, path: []string{"customers", customer}, again: true}, &out); err != nil {
		return Customer{}, err
	}
	if out.ID != customer {
		return Customer{}, errors.New("the order server answered with the record of another customer than was asked for: it is dropped")
	}
	return out, nil
}

// Get asks for a customer's own order.
func (r *Remote) Get(ctx context.Context, customer, id string) (Order, error) {
	var out Order
	if id = Number(id); id == "" {
		return Order{}, ErrNotFound
	}
	if err := r.ask(ctx, request{what: "read an order", method: http.MethodGet, path: []string{"customers", customer, "orders", id}, again: true}, &out); err != nil {
		return Order{}, err
	}
	return r.own(out, customer, id)
}

// own lets an answer through that is about the customer and the order asked for.
func (r *Remote) own(o Order, customer, id string) (Order, error) {
	if o.Customer != customer || Number(o.ID) != id {
		return Order{}, fmt.Errorf("the order server answered with another order than order %s of the customer who asks: it is dropped", id)
	}
	return o, nil
}

// List asks for a customer's orders.
func (r *Remote) List(ctx context.Context, customer string, limit int) ([]Order, error) {
	var out struct{ Orders []Order }
	q := url.Values{}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	err := r.ask(ctx, request{what: "list orders", method: http.MethodGet, path: []string{"customers", customer, "orders"}, query: q, again: true}, &out)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, o := range out.Orders {
		if o.Customer != customer {
			return nil, errors.New("the order server listed an order of another customer: the list is dropped")
		}
	}
	if limit > 0 && len(out.Orders) > limit {
		out.Orders = out.Orders[:limit]
	}
	return out.Orders, nil
}

// Preview asks what a change would do.
func (r *Remote) Preview(ctx context.Context, customer string, c Change) (Outcome, error) {
	return r.change(ctx, customer, c, request{what: "preview a change", path: []string{"customers", customer, "preview"}})
}

// Do asks for a change. It may be tried again, under the same key.
func (r *Remote) Do(ctx context.Context, customer string, c Change, key string) (Outcome, error) {
	if key == "" || len(key) > 256 {
		return Outcome{}, errors.New("a change needs an idempotency key of at most 256 bytes")
	}
	return r.change(ctx, customer, c, request{what: "make a change", path: []string{"customers", customer, "changes"}, key: key})
}

func (r *Remote) change(ctx context.Context, customer string, c Change, q request) (Outcome, error) {
	if c.Order = Number(c.Order); c.Order == "" && c.Kind != Move {
		return Outcome{}, ErrNotFound
	}
	q.method, q.body, q.again = http.MethodPost, c, true
	var out Outcome
	if err := r.ask(ctx, q, &out); err != nil {
		return Outcome{}, err
	}
	if c.Kind == Move {
		return Outcome{Address: out.Address, Payments: out.Payments}, nil
	}
	o, err := r.own(out.Order, customer, c.Order)
	if err != nil {
		return Outcome{}, err
	}
	out.Order = o
	return out, nil
}

// whole makes an answer that says nothing a failure.
func whole(err error, said bool) error {
	if err == nil && !said {
		return errors.New("the order server answered 200 and named no customer")
	}
	return err
}

// A request is one question to the server.
type request struct {
	what   string // in words, for errors
	method string
	path   []string // each part is escaped
	query  url.Values
	key    string // of a change
	body   any
	again  bool // it may be asked again after a failure
}

// ask puts a question, again after failures where that is safe, and reads the
// answer into out.
func (r *Remote) ask(ctx context.Context, q request, out any) error {
	for _, part := range q.path {
		if part == "" || strings.Trim(part, ".") == "" || len(part) > 128 {
			return ErrNotFound // nobody has such an id, and it could lead elsewhere
		}
	}
	tries := 1
	if q.again {
		tries = mostTries
	}
	var err error
	for n := range tries {
		if n > 0 {
			select {
			case <-time.After(r.cfg.Backoff << (n - 1)):
			case <-ctx.Done():
				return fmt.Errorf("%s at the order server: %w", q.what, errors.Join(err, ctx.Err()))
			}
		}
		var retry bool
		if retry, err = r.once(ctx, q, out); err == nil || !retry || ctx.Err() != nil {
			break
		}
	}
	if err == nil || Code(err) != "" {
		return err
	}
	return fmt.Errorf("%s at the order server: %w", q.what, err)
}

// once puts a question once. retry says that another try may do better.
func (r *Remote) once(ctx context.Context, q request, out any) (retry bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, r.cfg.Timeout)
	defer cancel()
	u := *r.base
	escaped := make([]string, len(q.path))
	for i, part := range q.path {
		escaped[i] = url.PathEscape(part)
	}
	to := strings.TrimSuffix(u.String(), "/") + "/" + strings.Join(escaped, "/")
	if len(q.query) > 0 {
		to += "?" + q.query.Encode()
	}
	var body io.Reader
	if q.body != nil {
		b, err := json.Marshal(q.body)
		if err != nil {
			return false, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, to, body)
	if err != nil {
		return false, err
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if q.key != "" {
		req.Header.Set("Idempotency-Key", q.key)
	}
	if r.cfg.Token != "" {
		req.Header.Set("Authorization", "Bearer "+r.cfg.Token)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return true, bare(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, mostBody+1))
	switch {
	case err != nil:
		return true, fmt.Errorf("the answer broke off: %w", err)
	case len(b) > mostBody:
		return false, fmt.Errorf("the answer is longer than %d bytes", mostBody)
	case resp.StatusCode == http.StatusOK:
		if err := json.Unmarshal(b, out); err != nil {
			return false, fmt.Errorf("the answer is not as openapi.yaml says: %w", err)
		}
		return false, nil
	}
	return refusedBy(resp.StatusCode, b)
}

// bare is a transport error without the address, which names the customer.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// refusedBy makes an answer that is not 200 a refusal or a failure.
func refusedBy(status int, body []byte) (retry bool, err error) {
	var said struct{ Error string }
	_ = json.Unmarshal(body, &said) // what is no JSON says no code
	switch {
	case status >= 500 || status == http.StatusTooManyRequests:
		return true, fmt.Errorf("it answered %d", status)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return false, fmt.Errorf("it answered %d: is PARLEY_ORDERS_TOKEN right?", status)
	case status >= 400 && refusals[said.Error] != nil:
		return false, refusals[said.Error]
	case status == http.StatusNotFound:
		return false, errors.New("it answered 404 without the code not_found: is the address of --orders right?")
	}
	return false, fmt.Errorf("it answered %d, and no code that openapi.yaml has", status)
}
