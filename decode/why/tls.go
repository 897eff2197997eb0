package why

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/layer"
	"imapscope/decode/lint"
)

// handshake is what is known of a connection's TLS without its keys.
type handshake struct {
	facts  *layer.Facts // of the session, as of its last report
	at     time.Time
	begun  time.Time // when the client's hello came
	hello  [2]bool   // a side's hello came
	alert  *alert    // the first that is not a farewell
	sealed [2]int    // encrypted records
	data   [2]int    // those that are known to hold IMAP
	last   decode.Record
}

// alert is an alert that could be read.
type alert struct {
	Evidence
	from capture.Direction
	name string
}

// closing are the alerts that end a TLS session as it should end.
var closing = []string{"close_notify", "user_canceled", "no_renegotiation"}

// The words with which decode/layer names records.
const (
	alertWord   = "alert: "
	clientHello = "client hello"
	serverHello = "server hello"
	sealedWord  = "encrypted"
	dataWord    = "application data"
)

// sealedAlert is the length of an encrypted record of TLS 1.3 that holds an alert and no
// padding: its header, the alert, its type and a tag of 16 bytes.
const sealedAlert = 5 + 2 + 1 + 16

// record follows a TLS record.
func (h *handshake) record(id capture.ConnID, r *decode.Record) {
	if r.Of != decode.TLS {
		return
	}
	h.last = *r
	switch name, isAlert := strings.CutPrefix(r.What, alertWord); {
	case isAlert && h.alert == nil && !slices.Contains(closing, name):
		h.alert = &alert{Evidence{Conn: id, Dir: r.Dir, Time: r.Time, Text: r.Dir.String() + ": " + safe(name)}, r.Dir, safe(name)}
	case strings.Contains(r.What, clientHello):
		h.hello[capture.ClientToServer] = true
		if h.begun.IsZero() {
			h.begun = r.Time
		}
	case strings.Contains(r.What, serverHello):
		h.hello[capture.ServerToClient] = true
	case strings.HasPrefix(r.What, sealedWord), r.What == dataWord:
		h.sealed[r.Dir]++
		if r.What == dataWord {
			h.data[r.Dir]++
		}
	}
}

// badTLS finds a TLS session that did not come about, or that an alert ended.
func badTLS(c *conn) []Reason {
	h := &c.tls
	switch {
	case c.noTLS != nil && !c.heard:
		return []Reason{{
			Severity: lint.Error, Verdict: Client, Evidence: []Evidence{*c.noTLS},
			Sentence: fmt.Sprintf("The client and the proxy did not agree on TLS, and not a line of IMAP came through: %s.", c.noTLS.Text),
			Remedy:   "Have the client trust the proxy's CA (imapscope ca), and compare the versions of TLS that both permit.",
		}}
	case c.has("N009") || c.has("N010"):
		return nil // no handshake: one side did not speak TLS at all
	case h.alert != nil && !(h.alert.from == capture.ClientToServer && !h.hello[capture.ServerToClient] && c.closedFirst == decode.ServerSide):
		return []Reason{c.alerted()}
	case h.hello[capture.ClientToServer] && !c.heardIn(h):
		if r := c.unfinished(); r != nil {
			return []Reason{*r}
		}
	}
	return nil
}

// heardIn reports whether anything went over the session, or may have.
func (c *conn) heardIn(h *handshake) bool {
	return h.facts != nil && h.facts.Opened && h.alert == nil && h.sealed[capture.ClientToServer] > 2
}

// distrust are the alerts with which a side refuses the certificate of the other, and what is
// wrong with it.
var distrust = map[string]string{
	"unknown_ca":                      "it does not know the authority that signed it",
	"bad_certificate":                 "it finds it broken, or for another name",
	"unsupported_certificate":         "it does not support its type",
	"certificate_revoked":             "it was revoked",
	"certificate_expired":             "it has expired, or is not valid yet",
	"certificate_unknown":             "it does not accept it",
	"bad_certificate_status_response": "the proof that it was not revoked is missing",
}

// disagreement are the alerts by which a side says that there is nothing in common.
var disagreement = map[string]string{
	"protocol_version":        "no version of TLS in common",
	"insufficient_security":   "what the other side permits is too weak",
	"handshake_failure":       "no cipher, or no parameters, in common",
	"inappropriate_fallback":  "the client retried with an older version, which the server considers an attack",
	"unrecognized_name":       "the server does not know the name that the client asked for",
	"no_application_protocol": "no protocol of ALPN in common",
	"certificate_required":    "the server demands a client certificate, and the client has none",
}

// alerted is the reason that an alert is.
func (c *conn) alerted() Reason {
	a := c.tls.alert
	r := Reason{Severity: lint.Error, Verdict: Server, Evidence: []Evidence{a.Evidence}, Remedy: "Compare the versions and ciphers that both sides permit."}
	why, distrusts := distrust[a.name]
	switch {
	case distrusts && a.from == capture.ClientToServer:
		r.Verdict = User
		r.Sentence = fmt.Sprintf("The client does not trust the server's certificate: %s; it sent the alert %s", why, a.name)
		r.Remedy = "Have the client trust the authority that signed the certificate, or give the server one that the client trusts; check its names and dates."
	case distrusts:
		r.Verdict = User
		r.Sentence = fmt.Sprintf("The server does not accept the client's certificate: %s; it sent the alert %s", why, a.name)
		r.Remedy = "Give the client a certificate that the server knows, or none."
	default:
		if a.from == capture.ClientToServer {
			r.Verdict = Client
		}
		r.Sentence = fmt.Sprintf("The TLS handshake failed: the %s sent the alert %s", a.from, a.name)
		if c.tls.sealed[0]+c.tls.sealed[1] > 0 && c.heard {
			r.Sentence = fmt.Sprintf("TLS broke down: the %s sent the alert %s", a.from, a.name)
		}
		if what := disagreement[a.name]; what != "" {
			r.Sentence += " (" + what + ")"
		}
	}
	r.Sentence += c.sessionWords(a.Time) + "."
	return r
}

// unfinished is the reason that a handshake was not completed, nil if it was, or may have been.
func (c *conn) unfinished() *Reason {
	h := &c.tls
	if !c.over || c.lossy {
		return nil
	}
	r := &Reason{Severity: lint.Error, Verdict: Server, Evidence: []Evidence{{Conn: c.ID, Dir: h.last.Dir, Time: h.last.Time, Text: "the last TLS record: " + safe(h.last.What)}}}
	waited := max(c.closed.Sub(h.begun), 0)
	sealed := h.sealed[capture.ClientToServer]
	switch {
	case !h.hello[capture.ServerToClient] && c.cut:
		r.Sentence = fmt.Sprintf("The server ended the connection, %s, instead of answering the client's TLS hello, after %s", c.how, span(waited))
		r.Remedy = "See in the server's log why: a port that speaks no TLS, a version or a name that it does not have, a filter in front of it."
	case !h.hello[capture.ServerToClient]:
		r.Sentence = fmt.Sprintf("The server never answered the client's TLS hello: the client gave up after %s", span(waited))
		r.Remedy = "See whether the port speaks TLS, and whether something on the way drops large packets (path MTU)."
		r.Verdict = Network
	case c.left && sealed == 0 && h.last.Dir == capture.ServerToClient:
		r.Verdict = Client
		r.Sentence = "The client left in the middle of the TLS handshake, when it had seen the server's certificate"
		r.Remedy = "Look at the client's message about the certificate: its names, its dates, and who signed it."
	case c.left && sealed == 1 && h.last.Dir == capture.ClientToServer && h.last.Len == sealedAlert && h.facts != nil && h.facts.Version == "TLS 1.3":
		r.Verdict = Client
		r.Sentence = "The client broke off the TLS handshake: after the server's certificate it sent one encrypted record, as long as an alert, and left"
		r.Remedy = "Most often the client does not trust the certificate: its names, its dates, or who signed it. Record again with the keys (SSLKEYLOGFILE) to see which alert it is."
	case c.left && h.data[capture.ClientToServer] == 0 && h.facts != nil && doubtful(h.facts, h.begun):
		r.Verdict = User
		r.Sentence = "The client left right after the TLS handshake, without a command: it most likely does not accept the certificate"
		r.Remedy = "Use the name that the certificate has, or give the server a certificate for this name that has not expired."
	default:
		return nil
	}
	r.Sentence += c.sessionWords(h.begun) + "."
	return r
}

// sessionWords says what is known of a session that failed, for the end of a sentence.
func (c *conn) sessionWords(now time.Time) string {
	f := c.tls.facts
	if f == nil {
		return ""
	}
	var b strings.Builder
	switch {
	case f.Version != "":
		fmt.Fprintf(&b, "; the server chose %s", safe(f.Version))
	case f.Offered != "":
		fmt.Fprintf(&b, "; the client offers nothing later than %s", safe(f.Offered))
	}
	if len(f.Names) > 0 {
		fmt.Fprintf(&b, "; the certificate is for %s", quote(safe(f.Names[0])))
	}
	switch {
	case f.Until.IsZero():
	case now.After(f.Until):
		fmt.Fprintf(&b, " and expired %s before, at %s", span(now.Sub(f.Until)), f.Until.UTC().Format(time.DateTime))
	case now.Before(f.From):
		fmt.Fprintf(&b, " and is not valid before %s, %s later", f.From.UTC().Format(time.DateTime), span(f.From.Sub(now)))
	}
	if f.SNI != "" {
		fmt.Fprintf(&b, "; the client asked for %s", quote(safe(f.SNI)))
		if misnamed(f) {
			b.WriteString(", a name that the certificate does not have")
		}
	}
	return b.String()
}

// misnamed reports whether a certificate does not have the name that the client asked for.
func misnamed(f *layer.Facts) bool {
	return f.SNI != "" && len(f.Names) > 0 && !slices.ContainsFunc(f.Names, func(n string) bool { return fits(n, f.SNI) })
}

// doubtful reports whether a certificate has another name, or is out of date.
func doubtful(f *layer.Facts, now time.Time) bool {
	return misnamed(f) || !f.Until.IsZero() && (now.After(f.Until) || now.Before(f.From))
}

// fits reports whether a name of a certificate is that of a host: the same, or with a star in
// place of the first label (RFC 6125, section 6.4.3).
func fits(name, host string) bool {
	if strings.EqualFold(name, host) {
		return true
	}
	_, rest, ok := strings.Cut(host, ".")
	return ok && strings.HasPrefix(name, "*.") && strings.EqualFold(name[2:], rest)
}

// others are the beginnings of what other services say first, and what they are.
var others = []struct{ begin, service string }{
	{"+OK", "POP3"}, {"220 ", "SMTP or FTP"}, {"220-", "SMTP or FTP"}, {"HTTP/", "HTTP"}, {"SSH-", "SSH"},
	{"421 ", "SMTP or FTP"}, {"554 ", "SMTP"}, {"<!DOCTYPE", "HTTP"}, {"<html", "HTTP"},
}

// clues reports whether there is anything to say of a session.
func (h *handshake) clues() bool { return h.alert != nil || h.hello[capture.ClientToServer] }

// strange reports whether the server's first line is that of another service.
func (c *conn) strange() bool { return wrongService(c) != nil }

// clients are the beginnings of what clients of other services say first.
var clients = []struct{ begin, service string }{
	{"EHLO ", "SMTP"}, {"HELO ", "SMTP"}, {"GET /", "HTTP"}, {"POST /", "HTTP"}, {"USER ", "POP3"},
}

// wrongClient finds a client that speaks another protocol than IMAP.
func wrongClient(c *conn) []Reason {
	for _, o := range clients {
		if strings.HasPrefix(c.firstAsked, o.begin) && !c.in {
			return []Reason{{
				Severity: lint.Error, Verdict: User,
				Sentence: fmt.Sprintf("The client speaks %s and not IMAP to port %d: its first line is %s.", o.service, c.Server.Port(), quote(c.firstAsked)),
				Remedy:   "Set the client to the port of its service, or to IMAP.",
				Evidence: []Evidence{{Conn: c.ID, Dir: capture.ClientToServer, Len: int64(len(c.firstAsked)), Time: c.closed, Text: c.firstAsked}},
			}}
		}
	}
	return nil
}

// wrongService finds a server, or a client, that speaks another protocol than IMAP.
func wrongService(c *conn) []Reason {
	for _, o := range others {
		if strings.HasPrefix(c.firstWords, o.begin) {
			return []Reason{{
				Severity: lint.Error, Verdict: User,
				Sentence: fmt.Sprintf("Port %d of this server speaks %s and not IMAP: its first line is %s.", c.Server.Port(), o.service, quote(c.firstWords)),
				Remedy:   "Set the client to the port of IMAP: 143, or 993 with TLS. 110 and 995 are POP3's, 25, 465 and 587 SMTP's.",
				Evidence: []Evidence{{Conn: c.ID, Dir: capture.ServerToClient, Len: int64(len(c.firstWords)), Time: c.firstAt, Text: c.firstWords}},
			}}
		}
	}
	return wrongClient(c)
}
