package tls

import (
	"bytes"
	"strings"

	"imapscope/decode/protocol"
)

// maxLine bounds the lines that are edited; longer ones pass unchanged.
const maxLine = 8 << 10

// offer describes what the client's leg is offered before login.
type offer struct {
	startTLS bool // the client can use STARTTLS
	stale    bool // LOGINDISABLED refers to the time before the upstream's TLS
}

// edit makes a list of capabilities in a server's line fit the offer. It returns the line
// itself and an empty done if there is nothing to do. Words are compared without regard to
// case (RFC 3501, 7.2.1 and 9, note 1).
func (o offer) edit(line []byte, greeting bool) (out []byte, done string) {
	start, end, ok := list(line, greeting)
	if !ok {
		return line, ""
	}
	out = append(make([]byte, 0, len(line)+len(" ")+len(startTLS)), line[:start]...)
	last := start // where the last word ends in out
	offered := false
	var removed []string
	for i := start; i < end; {
		gap := i
		i = skipSpaces(line[:end], i)
		w := line[i:end]
		if n := bytes.IndexByte(w, ' '); n >= 0 {
			w = w[:n]
		}
		i += len(w)
		does := protocol.NoEffect
		if row := protocol.Lookup(protocol.Capability, w); row != nil {
			does = row.Effect
		}
		switch {
		case does == protocol.StartsTLS && !o.startTLS, does == protocol.ForbidsLogin && o.stale:
			removed = append(removed, strings.ToUpper(string(w)))
			continue
		case does == protocol.StartsTLS:
			offered = true
		}
		out = append(out, line[gap:i]...)
		if len(w) > 0 {
			last = len(out)
		}
	}
	out = append(out, line[end:]...)
	did := make([]string, 0, 2)
	if len(removed) > 0 {
		did = append(did, "removed "+strings.Join(removed, " and "))
	}
	if o.startTLS && !offered {
		out = append(out[:last], append([]byte(" "+startTLS), out[last:]...)...)
		did = append(did, "added "+startTLS)
	}
	if len(did) == 0 {
		return line, ""
	}
	where := " in CAPABILITY data"
	if greeting {
		where = " in the greeting"
	}
	return out, "edited: " + strings.Join(did, ", ") + where
}

// list returns where the capability names of a line are: after the word CAPABILITY, up to
// the end of the line or, in the greeting, up to "]".
func list(line []byte, greeting bool) (start, end int, ok bool) {
	start, m := matchCapability(line, greeting)
	if m != yes {
		return 0, 0, false
	}
	if greeting {
		n := bytes.IndexByte(line[start:], ']')
		return start, start + n, n >= 0
	}
	end = len(bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")))
	return start, end, end >= start
}
