package text

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// URL is an IMAP URL, RFC 5092 (before it, RFC 2192), decoded:
//
//	imap://user;AUTH=mechanism@host:port/mailbox;UIDVALIDITY=n?search
//	imap://user@host/mailbox;UIDVALIDITY=n/;UID=n/;SECTION=s/;PARTIAL=o.n;EXPIRE=t;URLAUTH=access:mechanism:token
//
// A part that the URL does not have is empty or zero.
type URL struct {
	User      string
	Mechanism string // of SASL: "*" is any
	Host      string
	Port      uint16 // 0 if it is the default, 143

	Mailbox     string // in Unicode
	UIDValidity uint32
	Search      string // criteria of SEARCH: the URL is a list of messages
	List        string // "list" or "lsub" of RFC 2192: the URL is a list of mailboxes
	UID         uint32
	Section     string
	Partial     *Partial

	Expires   string // as written, an RFC 3339 time
	Access    string // who may use a URL that has an authorization: "submit+fred", "authuser"
	Authority string // how that is proved: "INTERNAL"; empty in what the client sends to GENURLAUTH
	Token     string // what proves it: a secret

	// TokenStart and TokenEnd are the place of Token in the text, PasswordStart and
	// PasswordEnd that of a password, which no RFC allows, after the user.
	TokenStart, TokenEnd       int
	PasswordStart, PasswordEnd int
}

// Partial is a part of a text, in bytes.
type Partial struct {
	Offset uint64
	Length uint64 // 0: up to the end
}

// IsURL reports whether s begins as an absolute IMAP URL does.
func IsURL[T ~string | ~[]byte](s T) bool {
	return len(s) >= len(scheme) && strings.EqualFold(string(s[:len(scheme)]), scheme)
}

const scheme = "imap://"

// ParseURL parses an absolute or relative IMAP URL. If it is wrong, the error is an *Error,
// and the URL holds what was understood before the fault, and the places of its secrets
// wherever they are.
func ParseURL(s string) (*URL, error) {
	u := new(URL)
	if len(s) > MaxText {
		return u, tooLong(refURL)
	}
	p := urlParser{URL: u, all: s}
	p.secrets()
	if err := p.parse(); err != nil {
		return u, err
	}
	return u, nil
}

// urlParser parses a URL from the left; at is how much is parsed.
type urlParser struct {
	*URL
	all string
	at  int
}

func (p *urlParser) fault(format string, args ...any) *Error {
	return fault(p.at, refURL, format, args...)
}

// secrets finds the token and the password, even in a URL that is wrong elsewhere.
func (p *urlParser) secrets() {
	if at := indexFold(p.all, ";URLAUTH="); at >= 0 {
		at += len(";URLAUTH=")
		if colon := strings.IndexByte(p.all[at:], ':'); colon >= 0 {
			at += colon + 1
			if colon = strings.IndexByte(p.all[at:], ':'); colon >= 0 {
				p.TokenStart, p.TokenEnd = at+colon+1, len(p.all)
				p.Token = p.all[p.TokenStart:]
			}
		}
	}
	_, rest, ok := strings.Cut(p.all, "//")
	if !ok {
		return
	}
	start := len(p.all) - len(rest)
	authority, _, _ := strings.Cut(rest, "/")
	if end := strings.LastIndexByte(authority, '@'); end >= 0 {
		if colon := strings.IndexByte(authority[:end], ':'); colon >= 0 {
			p.PasswordStart, p.PasswordEnd = start+colon+1, start+end
		}
	}
}

func (p *urlParser) parse() error {
	if i := strings.IndexFunc(p.all, func(r rune) bool { return r <= ' ' || r >= 0x7f }); i >= 0 {
		p.at = i
		return p.fault("a character that must be written %%XX")
	}
	path := p.all
	switch before, _, _ := strings.Cut(p.all, "://"); {
	case IsURL(p.all):
		p.at, path = len(scheme), p.all[len(scheme):]
	case len(before) < len(p.all) && !strings.ContainsAny(before, "/;?"):
		return p.fault("not the scheme imap:")
	case strings.HasPrefix(path, "//"):
		p.at, path = 2, p.all[2:]
	case strings.HasPrefix(path, "/"):
		p.at = 1
		return p.command(path[1:])
	default:
		return p.command(path)
	}
	authority, path, slash := strings.Cut(path, "/")
	if err := p.server(authority); err != nil {
		return err
	}
	p.at = len(p.all) - len(path)
	if !slash {
		return nil
	}
	return p.command(path)
}

// server parses: iserver = [iuserinfo "@"] host [ ":" port ]
func (p *urlParser) server(s string) error {
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		user, auth, _ := strings.Cut(s[:i], ";")
		if p.PasswordEnd > 0 {
			p.at = p.PasswordStart
			return p.fault("a password, which an IMAP URL cannot have")
		}
		var err error
		if p.User, err = p.decode(user); err != nil {
			return err
		}
		if auth != "" {
			value, ok := cutPrefixFold(auth, "auth=")
			if !ok {
				p.at += len(user) + 1
				return p.fault("expected AUTH= and a mechanism")
			}
			if p.Mechanism, err = p.decode(value); err != nil {
				return err
			}
		}
		p.at += i + 1
		s = s[i+1:]
	}
	host, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, ']') {
		host, port = s[:i], s[i+1:]
	}
	if host == "" {
		return p.fault("expected a host")
	}
	p.Host = host
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			p.at += len(host) + 1
			return p.fault("expected a port")
		}
		p.Port = uint16(n)
	}
	return nil
}

// command parses: icommand = imessagelist / imessagepart [iurlauth]. Each ";" begins a
// part with a name, because enc-mailbox, enc-search and enc-section have none.
func (p *urlParser) command(s string) error {
	s, search, _ := strings.Cut(s, "?")
	pieces := strings.Split(s, ";")
	mailbox := pieces[0]
	if len(pieces) > 1 && !hasPrefixFold(pieces[1], "UIDVALIDITY=") {
		mailbox = strings.TrimSuffix(mailbox, "/")
	}
	var err error
	if p.Mailbox, err = p.decode(mailbox); err != nil {
		return err
	}
	p.at += len(pieces[0])
	for _, piece := range pieces[1:] {
		p.at++
		if err := p.piece(piece); err != nil {
			return err
		}
		p.at += len(piece)
	}
	if search != "" {
		p.at++
		p.Search, err = p.decode(search)
	}
	return err
}

// piece parses what a ";" begins: its name, "=", its value.
func (p *urlParser) piece(s string) error {
	name, value, ok := strings.Cut(s, "=")
	if !ok {
		return p.fault(`expected a name and "="`)
	}
	p.at += len(name) + 1
	defer func() { p.at -= len(name) + 1 }()
	part := strings.TrimSuffix(value, "/")
	var err error
	switch strings.ToLower(name) {
	case "uidvalidity":
		p.UIDValidity, err = p.nzNumber(part)
	case "uid":
		p.UID, err = p.nzNumber(part)
	case "section":
		p.Section, err = p.decode(part)
	case "partial":
		p.Partial, err = p.partial(part)
	case "type": // RFC 2192, 4
		p.List = strings.ToLower(part)
		if p.List != "list" && p.List != "lsub" {
			err = p.fault("expected LIST or LSUB")
		}
	case "expire":
		p.Expires, err = p.decode(value)
	case "urlauth":
		err = p.authorization(value)
	default:
		err = p.fault("unknown part of an IMAP URL")
	}
	return err
}

func (p *urlParser) nzNumber(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || n == 0 || s[0] == '+' {
		return 0, p.fault("expected a number from 1 to 4294967295")
	}
	return uint32(n), nil
}

// partial parses: partial-range = number ["." nz-number]
func (p *urlParser) partial(s string) (*Partial, error) {
	first, second, both := strings.Cut(s, ".")
	var x Partial
	var err, err2 error
	x.Offset, err = strconv.ParseUint(first, 10, 64)
	if both {
		x.Length, err2 = strconv.ParseUint(second, 10, 64)
	}
	if err != nil || err2 != nil || both && x.Length == 0 {
		return nil, p.fault("expected an offset, and a length after a dot")
	}
	return &x, nil
}

// authorization parses: access [":" uauth-mechanism ":" enc-urlauth]
func (p *urlParser) authorization(s string) error {
	access, rest, verified := strings.Cut(s, ":")
	who, user, named := strings.Cut(access, "+")
	switch strings.ToLower(who) {
	case "submit", "user":
		if !named || user == "" {
			return p.fault("expected a user after submit+ or user+")
		}
	case "authuser", "anonymous":
		if named {
			return p.fault("no user follows authuser and anonymous")
		}
	default:
		return p.fault("expected submit+, user+, authuser or anonymous")
	}
	var err error
	if p.Access, err = p.decode(access); err != nil || !verified {
		return err
	}
	mechanism, token, ok := strings.Cut(rest, ":")
	p.Authority = mechanism
	if p.at += len(access) + 1; !ok || mechanism == "" {
		return p.fault("expected a mechanism and a token")
	}
	if len(token) < 32 || strings.ContainsFunc(token, func(r rune) bool { return r >= utf8.RuneSelf || hexDigit(byte(r)) > 15 }) {
		return p.fault("expected a token of at least 32 hexadecimal digits")
	}
	return nil
}

// decode decodes a part that begins at p.at. It must be UTF-8.
func (p *urlParser) decode(s string) (string, error) {
	out, err := percent(s, p.at, refURL)
	if err == nil && !utf8.ValidString(out) {
		err = p.fault("not UTF-8")
	}
	if err != nil {
		return s, err
	}
	return out, nil
}

// Describe returns what the URL is about, in one sentence without its secrets: `The message
// with unique identifier 20 in the mailbox "Entwürfe" on host, section 1.2.`
func (u *URL) Describe() string {
	var b strings.Builder
	b.WriteString(u.subject())
	if u.UIDValidity != 0 {
		fmt.Fprintf(&b, " (UIDVALIDITY %d)", u.UIDValidity)
	}
	if u.Host != "" {
		b.WriteString(" on " + u.Host)
		if u.Port != 0 {
			fmt.Fprintf(&b, ", port %d", u.Port)
		}
	}
	for _, x := range []struct {
		format string
		value  string
	}{
		{", for the user %s", u.User},
		{", authenticated by %s", strings.ReplaceAll(u.Mechanism, "*", "any mechanism")},
		{", section %s", u.Section},
		{", %s", u.Partial.describe()},
		{", found by SEARCH %s", u.Search},
		{"; usable %s", accesses(u.Access)},
		{" until %s", u.Expires},
		{", proved by a token of mechanism %s", u.Authority},
	} {
		if x.value != "" {
			fmt.Fprintf(&b, x.format, x.value)
		}
	}
	b.WriteByte('.')
	return b.String()
}

// subject returns what kind of thing the URL is about.
func (u *URL) subject() string {
	mailbox := fmt.Sprintf("the mailbox %q", u.Mailbox)
	switch {
	case u.UID != 0 && u.Mailbox != "":
		return fmt.Sprintf("The message with unique identifier %d in %s", u.UID, mailbox)
	case u.UID != 0:
		return fmt.Sprintf("The message with unique identifier %d", u.UID)
	case u.List != "":
		return fmt.Sprintf("The mailboxes that %s finds for %q", strings.ToUpper(u.List), u.Mailbox)
	case u.Search != "":
		return "Messages in " + mailbox
	case u.Mailbox != "":
		return "T" + mailbox[1:]
	case u.Host != "":
		return "The server"
	case u.Section != "" || u.Partial != nil:
		return "A part of the message of the base URL"
	}
	return "The same as the base URL"
}

func (x *Partial) describe() string {
	switch {
	case x == nil:
		return ""
	case x.Length == 0:
		return fmt.Sprintf("from byte %d on", x.Offset)
	}
	return fmt.Sprintf("%d bytes from byte %d on", x.Length, x.Offset)
}

// accesses returns who may use a URL.
func accesses(access string) string {
	who, user, _ := strings.Cut(access, "+")
	switch strings.ToLower(who) {
	case "submit":
		return "by a server that submits mail for " + user
	case "user":
		return "by the user " + user
	case "authuser":
		return "by any user who is logged in, except anonymous"
	case "anonymous":
		return "by anyone"
	}
	return ""
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if !hasPrefixFold(s, prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// indexFold returns where an ASCII text is in s, in any letter case.
func indexFold(s, text string) int {
	for i := 0; i+len(text) <= len(s); i++ {
		if s[i] == text[0] && strings.EqualFold(s[i:i+len(text)], text) {
			return i
		}
	}
	return -1
}
