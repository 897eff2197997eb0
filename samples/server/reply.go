package server

import "imapscope/decode/syntax"

// A reply is one response before it is encoded.
type reply struct {
	kind   replyKind
	tag    string // the command's, "*" or "+"
	number uint64 // of message data
	word   string // EXISTS, FETCH, SEARCH, OK
	props  []syntax.Prop
	values []syntax.Value
	text   string
}

type replyKind uint8

const (
	statusReply   replyKind = iota // OK, NO, BAD, BYE, PREAUTH
	dataReply                      // FLAGS, SEARCH, MAILBOX, BBOARD
	numberedReply                  // EXISTS, RECENT, EXPUNGE, COPY
	fetchReply
	rawReply // bytes that only a quirk sends
)

func status(tag, word, text string) reply {
	return reply{kind: statusReply, tag: tag, word: word, text: text}
}

func data(word string, values ...syntax.Value) reply {
	return reply{kind: dataReply, tag: "*", word: word, values: values}
}

func numbered(n int, word string) reply {
	return reply{kind: numberedReply, tag: "*", number: uint64(n), word: word}
}

func fetched(n int, props ...syntax.Prop) reply {
	return reply{kind: fetchReply, tag: "*", number: uint64(n), word: "FETCH", props: props}
}

func raw(text string) reply { return reply{kind: rawReply, text: text} }

// tagged reports whether r is the response that ends a command.
func (r *reply) tagged() bool { return r.kind == statusReply && r.tag != "*" }

// appendTo appends the encoded r.
func (r *reply) appendTo(dst []byte) []byte {
	switch r.kind {
	case dataReply:
		return syntax.AppendUntagged(dst, append([]syntax.Value{syntax.Atom(r.word)}, r.values...)...)
	case numberedReply:
		return syntax.AppendUntagged(dst, syntax.Number(r.number), syntax.Atom(r.word))
	case fetchReply:
		return syntax.AppendUntagged(dst, syntax.Number(r.number), syntax.Atom(r.word), propList(r.props))
	case rawReply:
		return append(dst, r.text...)
	}
	if r.word == "" { // only with a quirk
		return append(append(append(dst, r.tag...), ' '), r.text+"\r\n"...)
	}
	return syntax.AppendTagged(dst, r.tag, r.word, r.text)
}

// A propList is the property list of a FETCH response (RFC 1176, "Responses", p. 18).
type propList []syntax.Prop

// AppendTo implements syntax.Value.
func (l propList) AppendTo(dst []byte) []byte {
	dst = append(dst, '(')
	for i, p := range l {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(syntax.Atom(p.Name).AppendTo(dst), ' ')
		dst = p.Value.AppendTo(dst)
	}
	return append(dst, ')')
}
