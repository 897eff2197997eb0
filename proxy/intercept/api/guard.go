package api

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// MinToken is how many bytes a token has at least.
const MinToken = 16

// NewToken returns a random token.
func NewToken() string { return rand.Text() }

// CheckToken returns an error if a token is too short, or cannot be part of a header.
func CheckToken(token string) error {
	if len(token) < MinToken {
		return fmt.Errorf("the token has %d bytes; it needs %d at least", len(token), MinToken)
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fmt.Errorf("the token has other characters than printable ASCII")
	}
	return nil
}

// guard lets only requests pass that are addressed to this machine, come from no web page, and
// have the token.
func (a *API) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !isLocal(r.Host):
			refuse(w, &Error{http.StatusForbidden, "the request names another host than this machine's loopback interface"})
		case fromPage(r.Header):
			refuse(w, &Error{http.StatusForbidden, "requests of web pages are refused"})
		case !a.authorized(r):
			w.Header().Set("WWW-Authenticate", `Bearer realm="imapscope"`)
			refuse(w, &Error{http.StatusUnauthorized, "the token is missing or wrong; it is needed as 'Authorization: Bearer TOKEN', or as the password of the URL"})
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// isLocal reports whether the host of a request is a name of the loopback interface. Any other
// may be one that an attacker's DNS has resolved to it.
func isLocal(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.Unmap().IsLoopback()
}

// fromPage reports whether a browser sent the request for a web page.
func fromPage(h http.Header) bool { return h.Get("Origin") != "" || h.Get("Sec-Fetch-Site") != "" }

// authorized reports whether the request has the token. The time that takes does not depend on
// how much of it is right.
func (a *API) authorized(r *http.Request) bool {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		_, given, ok = r.BasicAuth()
	}
	got, want := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(a.Token))
	return ok && a.Token != "" && subtle.ConstantTimeCompare(got[:], want[:]) == 1
}
