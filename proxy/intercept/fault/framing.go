package fault

import (
	"bytes"
	"slices"
	"strconv"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
	"imapscope/proxy/intercept"
)

// maxSplit is how many pieces a message is split into at most; the rest follows in one.
const maxSplit = 400

// framing are the faults that divide messages, or damage what frames them.
var framing = []Kind{
	{Name: "split", Syntax: "bytes|brace|crlf|N",
		Help:    "Sends what the server sends in pieces: single bytes (the first 400), before each {, between CR and LF, or of N bytes.",
		Example: "split bytes",
		make: func(a *args) effect {
			how := a.text("how")
			size, err := strconv.Atoi(how)
			if err != nil && how != "bytes" && how != "brace" && how != "crlf" || err == nil && size < 1 {
				a.fail("%q is none of bytes, brace, crlf or a number", how)
			}
			if how == "bytes" {
				size = 1
			}
			return effect{on: toward(capture.ServerToClient), do: func(t *target, p *part) bool {
				t.shapes = append(t.shapes, func(raw []byte) []intercept.Piece { return split(raw, how, size) })
				t.did(p, divides)
				return true
			}}
		}},
	{Name: "literal", Syntax: "DIFFERENCE",
		Help:    "Announces literals of the server with a wrong length: DIFFERENCE more, or fewer if it is negative.",
		Example: "literal 3",
		make: func(a *args) effect {
			by := a.number("DIFFERENCE", -1<<30, 1<<30)
			if by == 0 {
				a.fail("a DIFFERENCE of 0 changes nothing")
			}
			return effect{on: hasLiteral, do: func(t *target, p *part) bool {
				out, ok := miscount(t.body, int64(by))
				return ok && t.edit(p, out)
			}}
		}},
	{Name: "unclosed",
		Help:    "Leaves out the last ) of what a FETCH asked for.",
		Example: "unclosed",
		make: func(*args) effect {
			return effect{on: describes, do: func(t *target, p *part) bool {
				i := bytes.LastIndexByte(t.body, ')')
				return i >= 0 && t.edit(p, slices.Concat(t.body[:i], t.body[i+1:]))
			}}
		}},
	{Name: "smuggle", Syntax: "LINE",
		Help:    "Adds a line in plain text behind the OK to STARTTLS, before the handshake. It acts where STARTTLS passes through the proxy.",
		Example: `smuggle "* OK [ALERT] injected"`,
		make: func(a *args) effect {
			line := a.line("the text")
			return effect{
				on: func(t *target, s *state) bool {
					return succeeds(t, s) && t.Txn != nil && t.Txn.Row.Does(protocol.StartsTLS)
				},
				do: func(t *target, p *part) bool {
					t.after = append(t.after, line+"\r\n"...)
					t.did(p, behind)
					return true
				},
			}
		}},
}

// describes reports whether a message is what a FETCH reports of a message.
func describes(t *target, _ *state) bool {
	return t.Kind == decode.Untagged && t.Row.Does(protocol.Describes)
}

// split divides a message.
func split(raw []byte, how string, size int) (pieces []intercept.Piece) {
	for len(raw) > 0 && len(pieces) < maxSplit {
		n := size
		switch how {
		case "brace":
			n = bytes.IndexByte(raw[1:], '{') + 1
		case "crlf":
			n = bytes.Index(raw, []byte("\r\n")) + 1
		}
		if n <= 0 || n > len(raw) {
			n = len(raw)
		}
		pieces = append(pieces, intercept.Piece{Wait: time.Millisecond, Data: raw[:n]})
		raw = raw[n:]
	}
	if len(raw) > 0 {
		pieces = append(pieces, intercept.Piece{Data: raw})
	}
	return pieces
}

// miscount changes the lengths that literals are announced with. It does nothing to what is
// no longer one message, because the lengths are wrong already.
func miscount(raw []byte, by int64) (out []byte, ok bool) {
	framed, n := wire.Split(raw, false)
	if n != len(raw) || !bytes.HasSuffix(raw, []byte("\n")) {
		return nil, false
	}
	from := 0
	for _, l := range framed.Literals {
		if l.Size+by < 0 {
			continue
		}
		digits := bytes.IndexByte(raw[l.Head.Start:l.Head.End], '{') + 1 + l.Head.Start
		out = append(out, raw[from:digits]...)
		out = strconv.AppendInt(out, l.Size+by, 10)
		from = digits
		for from < l.Head.End && '0' <= raw[from] && raw[from] <= '9' {
			from++
		}
		ok = true
	}
	return append(out, raw[from:]...), ok
}
