package tls

import (
	"bytes"
	"fmt"
	"strings"

	"imapscope/decode/protocol"
)

// maxLine bounds the lines that are edited; longer ones pass unchanged.
const maxLine = 8 << 10

// offer describes what the client's leg is offered.
type offer struct {
	startTLS bool // the client can use STARTTLS
	stale    bool // LOGINDISABLED refers to the time before the upstream's TLS
	through  bool // both words are left alone
	strip    []string
}

// edit makes a list of capabilities in a server's line fit the offer. It returns the line
// itself and an empty done if there is nothing to do. Words are compared without regard to
// case (RFC 3501, 7.2.1 and 9, note 1).
func (o offer) edit(line []byte, greeting bool) (out []byte, done string) {
	start, end, where := o.list(line, greeting)
	if where == "" {
		return line, ""
	}
	o.through = o.through || where == inCode
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
		if o.removes(w) {
			removed = append(removed, strings.ToUpper(string(w)))
			continue
		}
		offered = offered || effect(w) == protocol.StartsTLS
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
	if o.startTLS && !offered && !o.through {
		out = append(out[:last], append([]byte(" "+startTLS), out[last:]...)...)
		did = append(did, "added "+startTLS)
	}
	if len(did) == 0 {
		return line, ""
	}
	return out, "edited: " + strings.Join(did, ", ") + where
}

// removes reports whether a word is removed from a list.
func (o offer) removes(w []byte) bool {
	for _, s := range o.strip {
		if strings.EqualFold(s, string(w)) {
			return true
		}
	}
	does := effect(w)
	return !o.through && (does == protocol.StartsTLS && !o.startTLS || does == protocol.ForbidsLogin && o.stale)
}

func effect(capability []byte) protocol.Effect {
	if row := protocol.Lookup(protocol.Capability, capability); row != nil {
		return row.Effect
	}
	return protocol.NoEffect
}

// Where a list of capabilities is, in the words of the note.
const (
	inGreeting = " in the greeting"
	inData     = " in CAPABILITY data"
	inCode     = " in a response code"
)

// list returns where the capability names of a line are: after the word CAPABILITY, up to
// the end of the line or, in a response code, up to "]". The code of another line than the
// greeting is looked at only if there is something to strip.
func (o offer) list(line []byte, greeting bool) (start, end int, where string) {
	start, m := matchCapability(line, greeting)
	where = inGreeting
	if m != yes && len(o.strip) > 0 {
		start, m = matchCode(line)
		where = inCode
	}
	if m != yes {
		return 0, 0, ""
	}
	if greeting || where == inCode {
		n := bytes.IndexByte(line[start:], ']')
		if n < 0 {
			return 0, 0, ""
		}
		return start, start + n, where
	}
	return start, len(bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))), inData
}

// CheckStrip returns an error for a word that cannot be the name of a capability (RFC 3501,
// 9: capability).
func CheckStrip(words []string) error {
	for _, w := range words {
		if !isWord([]byte(w)) || w == "" || strings.ContainsAny(w, "(){%*\"\\]") {
			return fmt.Errorf("%q is not the name of a capability; COMPRESS=DEFLATE is one", w)
		}
	}
	return nil
}
