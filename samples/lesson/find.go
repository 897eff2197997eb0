package lesson

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"imapscope/decode"
	"imapscope/decode/explain"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// In finds a place in the messages of its transaction, which are in the order of the
// decoder's events; for the greeting, it is the only message. In returns the index of a
// message, or -1 if the place is the transaction as a whole, and the span in that
// message's Raw of the word or the byte; the span may be empty.
func (p Place) In(messages []*decode.Message) (message int, span wire.Span, err error) {
	if len(messages) == 0 {
		return -1, span, errors.New("there is no message")
	}
	order := order(messages)
	line := p.Message
	if p.Greeting {
		line = 1
	}
	if line > len(order) {
		return -1, span, fmt.Errorf("there is no line %d; that exchange has %d", line, len(order))
	}
	switch {
	case p.Word != "":
		if line > 0 {
			order = order[line-1 : line]
		}
		for _, i := range order {
			if span, ok := word(messages[i], p.Word); ok {
				return i, span, nil
			}
		}
		if line > 0 {
			return -1, span, fmt.Errorf("there is no word %s in that line; it has %s", p.Word, words(messages[order[0]]))
		}
		return -1, span, fmt.Errorf("there is no word %s in that exchange", p.Word)
	case line == 0:
		return -1, span, nil
	}
	m := messages[order[line-1]]
	if p.Octet >= 0 {
		if p.Octet >= len(m.Raw) {
			return -1, span, fmt.Errorf("there is no octet %d in that line; it has %d, the first is 0", p.Octet, len(m.Raw))
		}
		span = wire.Span{Start: p.Octet, End: p.Octet + 1}
	}
	return order[line-1], span, nil
}

// order returns the lines of an exchange: the request is the first, even if the server's
// "+" came before its end.
func order(messages []*decode.Message) []int {
	list := make([]int, len(messages))
	for i := range list {
		list[i] = i
	}
	if i := slices.IndexFunc(messages, func(m *decode.Message) bool { return m.Kind == decode.Request }); i > 0 {
		copy(list[1:i+1], list[:i])
		list[0] = i
	}
	return list
}

func word(m *decode.Message, text string) (wire.Span, bool) {
	for _, t := range tokens(m) {
		if same(string(t.Span.Of(m.Raw)), text) {
			return t.Span, true
		}
	}
	return wire.Span{}, false
}

func tokens(m *decode.Message) []explain.Token {
	return explain.Tokens(m.Parse(new(syntax.Parser)), m.Raw)
}

// words returns the first words of a line, for an error message.
func words(m *decode.Message) string {
	var list []string
	for _, t := range tokens(m) {
		if len(list) == 12 {
			list = append(list, "…")
			break
		}
		if w := t.Span.Of(m.Raw); len(w) > 0 && len(w) < 40 && !t.Secret {
			list = append(list, fmt.Sprintf("%q", w))
		}
	}
	return strings.Join(list, " ")
}
