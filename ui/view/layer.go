package view

import (
	"fmt"
	"strings"
	"time"

	"imapscope/decode"
	"imapscope/decode/layer"
)

// Layer returns what a decode.Upgrade, Secured or Dark says, as one sentence, inert; ""
// for any other event.
func Layer(e decode.Event) string {
	switch e := e.(type) {
	case *decode.Upgrade:
		return LayerName(e.To) + " from here on"
	case *decode.Secured:
		return Inert(tlsFacts(&e.Facts))
	case *decode.Dark:
		return "not decoded from here on: " + string(e.Why)
	}
	return ""
}

// LayerName returns the name of a layer: "TLS", "DEFLATE", or "text of IMAP".
func LayerName(of decode.UpgradeTo) string {
	return [...]string{"text of IMAP", "TLS", "DEFLATE"}[of]
}

// tlsFacts describes a TLS session.
func tlsFacts(f *layer.Facts) string {
	parts := []string{"TLS handshake"}
	if f.Version != "" {
		parts[0] = f.Version
	}
	add := func(format, s string) {
		if s != "" {
			parts = append(parts, fmt.Sprintf(format, s))
		}
	}
	add("%s", f.Suite)
	add("for %s (SNI)", f.SNI)
	add("ALPN %s", f.ALPN)
	add("certificate of %s", strings.Join(f.Names, " "))
	if f.Resumed {
		parts = append(parts, "resumed")
	}
	if f.Early {
		parts = append(parts, "with 0-RTT data, which is not decrypted")
	}
	add("alert from the %s", f.Alert)
	if f.Opened {
		parts = append(parts, "opened with its keys")
	}
	return strings.Join(parts, ", ")
}

// LayerSum describes what went through a layer: how many records, how many bytes of it
// for how many of plaintext.
func LayerSum(c *decode.LayerCount) string {
	s := LayerName(c.Of) + ": "
	if c.Of == decode.TLS {
		s += fmt.Sprintf("%s →, %d ←, ", Count(c.Records[0], "record"), c.Records[1])
	}
	s += fmt.Sprintf("%d bytes → for %d, %d ← for %d", c.In[0], c.Out[0], c.In[1], c.Out[1])
	in, out := c.In[0]+c.In[1], c.Out[0]+c.Out[1]
	if c.Of == decode.Compression && out > 0 && c.Faults == 0 {
		s += fmt.Sprintf(" (%d %%)", (100*in+out/2)/out)
	}
	if c.Faults > 0 {
		s += fmt.Sprintf(", %s not opened", Count(c.Faults, "record"))
	}
	return s
}

// LayerTime returns when a decode.Upgrade, Secured or Dark happened.
func LayerTime(e decode.Event) time.Time {
	switch e := e.(type) {
	case *decode.Upgrade:
		return e.Time
	case *decode.Secured:
		return e.Time
	case *decode.Dark:
		return e.Time
	}
	return time.Time{}
}
