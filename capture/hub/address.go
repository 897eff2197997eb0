package hub

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// An Address says where facts are published to or read from.
//
//	nats://host:port?sensor=NAME&creds=FILE
//	nats://host:port?sensor=NAME&from=start|TIME&until=now|TIME&creds=FILE
type Address struct {
	Server  string   // the URL of the NATS server, without a query; several are separated by commas
	Sensors []string // none: all
	Creds   string   // a file; see Connect

	FromStart bool
	From      time.Time // if it is not zero, what was published since then; else only what comes
	Now       bool      // end with what is there now
	Until     time.Time // if it is not zero, end with what was published before then
}

// schemes are the schemes of URLs of NATS servers.
var schemes = []string{"nats", "tls"}

// IsAddress reports whether a source's name is the URL of a NATS server.
func IsAddress(name string) bool {
	scheme, _, found := strings.Cut(name, "://")
	return found && slices.Contains(schemes, strings.ToLower(scheme))
}

// ParseAddress parses the URL of a source or a destination.
func ParseAddress(text string) (*Address, error) {
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("%s: %s (imapscope help hub)", Redacted(text), fmt.Sprintf(format, args...))
	}
	if !IsAddress(text) {
		return nil, wrong("the URL of a NATS server begins with nats:// or tls://")
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return nil, wrong("not the URL of a NATS server: nats://HOST:PORT")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || u.Fragment != "" || u.Path != "" && u.Path != "/" {
		return nil, wrong("expected ?sensor=NAME, &from=, &until= and &creds=FILE after the host")
	}
	a := &Address{}
	for key, values := range query {
		value := values[len(values)-1]
		if key != "sensor" && len(values) > 1 {
			return nil, wrong("%s occurs twice", key)
		}
		switch key {
		case "sensor":
			for _, s := range values {
				if err := CheckName(s); err != nil {
					return nil, wrong("%v", err)
				}
			}
			a.Sensors = values
		case "creds":
			a.Creds = value
		case "from":
			if a.FromStart = value == "start"; a.FromStart {
				continue
			}
			if a.From, err = time.Parse(time.RFC3339Nano, value); err != nil {
				return nil, wrong("from=%s is neither start nor a time such as 2026-11-30T08:00:00Z", value)
			}
		case "until":
			if a.Now = value == "now"; a.Now {
				continue
			}
			if a.Until, err = time.Parse(time.RFC3339Nano, value); err != nil {
				return nil, wrong("until=%s is neither now nor a time such as 2026-11-30T08:00:00Z", value)
			}
		default:
			return nil, wrong("unknown parameter %s; there are sensor, from, until and creds", key)
		}
	}
	if (a.Now || !a.Until.IsZero()) && !a.FromStart && a.From.IsZero() {
		a.FromStart = true // what ends now begins before
	}
	u.RawQuery, u.Path, u.ForceQuery = "", "", false
	a.Server = u.String()
	return a, nil
}

// Redacted returns a URL without the password and the query, to show it.
func Redacted(text string) string {
	text, _, _ = strings.Cut(text, "?")
	u, err := url.Parse(text)
	if err != nil {
		return strings.SplitN(text, "://", 2)[0] + "://…"
	}
	if u.User != nil {
		u.User = url.User("…")
	}
	s, err := url.PathUnescape(u.String())
	if err != nil {
		return u.String()
	}
	return s
}
