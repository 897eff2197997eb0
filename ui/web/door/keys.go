package door

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The names of the parameters in links.
const (
	tokenName  = "token"
	ticketName = "ticket"
)

// ticketLife is how long a ticket is good.
const ticketLife = time.Minute

// keys are what lets a browser in.
type keys struct {
	token  string // in links
	cookie http.Cookie

	tickets *tickets
}

// newKeys returns new random keys for a server on a port.
func newKeys(port uint16, secure bool) keys {
	name := fmt.Sprintf("imapscope-%d", port)
	if secure {
		name = "__Host-" + name // browsers accept it from this host over TLS only
	}
	return keys{
		token:   rand.Text(),
		cookie:  http.Cookie{Name: name, Value: rand.Text(), Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode},
		tickets: new(tickets),
	}
}

// entry is how a request may come in.
type entry uint8

const (
	refused  entry = iota
	hasKey         // with the cookie or an Authorization header
	withLink       // with a link, which is to become a cookie
)

// admit reports how a request may come in. The time that takes does not depend on how much of
// a key is right.
func (k *keys) admit(r *http.Request) entry {
	q := r.URL.Query()
	bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case same(q.Get(tokenName), k.token), q.Has(ticketName) && k.tickets.use(q.Get(ticketName)):
		return withLink
	case k.hasCookie(r) && (q.Has(tokenName) || q.Has(ticketName)): // of an earlier run
		return withLink
	case k.hasCookie(r), same(bearer, k.token):
		return hasKey
	}
	return refused
}

func (k *keys) hasCookie(r *http.Request) bool {
	for _, c := range r.CookiesNamed(k.cookie.Name) {
		if same(c.Value, k.cookie.Value) {
			return true
		}
	}
	return false
}

// same reports whether given is want, which is not empty.
func same(given, want string) bool {
	g, w := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(g[:], w[:]) == 1
}

// tickets are the tickets that were not used yet. There is one at a time.
type tickets struct {
	mu    sync.Mutex
	valid string
	until time.Time
}

// issue returns a new ticket.
func (t *tickets) issue() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.valid, t.until = rand.Text(), time.Now().Add(ticketLife)
	return t.valid
}

// use reports whether a ticket is good. It is not any more after that.
func (t *tickets) use(ticket string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.valid == "" || !same(ticket, t.valid) || time.Now().After(t.until) {
		return false
	}
	t.valid = ""
	return true
}
