package scrub

import (
	"bytes"
	"encoding/base64"

	"imapscope/decode/sasl"
)

// base64 replaces the content of a SASL response or challenge, inside its encoding if it is
// readable: the form of the message stays, names and secrets are replaced.
func (w *walk) base64(b []byte) {
	b = bytes.TrimSpace(b)
	if len(b) == 0 {
		return
	}
	w.report.Replaced[Password]++
	said, err := base64.StdEncoding.DecodeString(string(b))
	if err == nil && sasl.BlankNTLM(said) {
		base64.StdEncoding.Encode(b, said)
		return
	}
	if err != nil || !readable(said) {
		w.words.replace(b)
		return
	}
	w.parts(said)
	base64.StdEncoding.Encode(b, said)
}

// readable reports whether b is ASCII text, with the separators of PLAIN and OAUTHBEARER.
func readable(b []byte) bool {
	for _, c := range b {
		if c > 1 && c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// parts replaces the parts of a decoded SASL message that are not its form.
func (w *walk) parts(message []byte) {
	for _, p := range sasl.Parts(w.mechanism, message) {
		b := message[p.Start:p.End]
		switch p.Use {
		case sasl.Text:
			w.said(b)
		case sasl.Hex:
			w.said(b)
			copy(b, bytes.Repeat([]byte("0"), len(b)))
		case sasl.ClientNonce:
			*w.nonce = len(b)
			w.said(b)
		case sasl.Nonce:
			// In two, as both sides made it: it still begins with the client's then.
			n := min(*w.nonce, len(b))
			w.said(b[:n])
			w.said(b[n:])
		case sasl.Inner:
			w.inner(b)
		}
	}
}

// said replaces the words of a name or a secret.
func (w *walk) said(b []byte) {
	w.words.markPersonal(b)
	w.words.replace(b)
}

// inner replaces what SCRAM's client repeats of its GS2 header, in base64 of its own, and the
// data of channel binding after it.
func (w *walk) inner(b []byte) {
	said, err := base64.StdEncoding.DecodeString(string(b))
	if err != nil {
		w.said(b)
		return
	}
	head := len(said)
	if i := bytes.IndexByte(said, ','); i >= 0 {
		if k := bytes.IndexByte(said[i+1:], ','); k >= 0 {
			head = i + k + 2
		}
	}
	clear(said[head:])
	if !readable(said[:head]) {
		clear(said[:head])
	}
	for _, p := range sasl.Parts(w.mechanism, said[:head]) {
		if p.Use != sasl.Form {
			w.said(said[p.Start:p.End])
		}
	}
	base64.StdEncoding.Encode(b, said)
}
