package view

import (
	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/wire"
)

// Stretch is some bytes of a stream: from a position up to another.
type Stretch struct{ From, To int64 }

// Hidden returns which bytes of a message must not be shown, as stretches of the text of
// IMAP, in any order. It looks at places alone, not at m.Raw: where it cannot know what a
// byte belongs to, it hides more than Secrets.
func (o Options) Hidden(m *decode.Message) []Stretch {
	secrets := o.Secrets(m)
	if o.ShowSecrets || len(secrets) == 0 && (len(m.Gaps) == 0 || m.Dir == capture.ServerToClient) {
		return nil
	}
	if m.Lost > 0 { // a place in Raw is none in the stream
		return []Stretch{{m.Off, m.Off + m.Len + m.Lost}}
	}
	place := func(at int) int64 { return m.Off + int64(at) + m.ElidedBefore(at) }
	var out []Stretch
	for _, s := range secrets {
		out = append(out, Stretch{place(s.Start), place(s.End)})
	}
	for _, g := range m.Gaps {
		if len(secrets) > 0 || !insideLiteral(m, g) {
			out = append(out, Stretch{place(g.At), place(g.At) + g.N})
		}
	}
	return out
}

// insideLiteral reports whether what was left out at g can only be part of one literal.
func insideLiteral(m *decode.Message, g wire.Gap) bool {
	for i := range m.Literals {
		l := &m.Literals[i]
		if l.Body.Start <= g.At && g.At <= l.Body.End && l.Size-int64(l.Body.Len()) >= g.N {
			return true
		}
	}
	return false
}

// HexBytes returns a hex dump of bytes that are no message, from an offset on, with some
// spans of them hidden: in order, none overlapping another.
func HexBytes(p []byte, off int64, hidden []wire.Span) *Hex {
	return &Hex{
		masked: masked{raw: p, hidden: hidden},
		runs:   []hexRun{{end: len(p), off: off}},
		rows:   (len(p) + HexWidth - 1) / HexWidth,
	}
}

// Layers returns the names of the layers of a connection, from the wire up: "TLS
// 1.3+DEFLATE"; "" if there are none. The version is "" if it is not known.
func Layers(last decode.UpgradeTo, version string) string {
	s := version
	if s == "" && last == decode.TLS {
		s = LayerName(decode.TLS)
	}
	if last == decode.Compression {
		if s != "" {
			s += "+"
		}
		s += LayerName(decode.Compression)
	}
	return s
}
