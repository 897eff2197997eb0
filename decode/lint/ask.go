package lint

import (
	"imapscope/decode"
	"imapscope/decode/protocol"
)

// Questions that rules ask about the rows of commands and responses.

// bySequence reports whether a command has one of the effects and names its messages
// by number.
func bySequence(r *protocol.Row, effects ...protocol.Effect) bool {
	if r == nil || r.UID {
		return false
	}
	for _, e := range effects {
		if r.Effect == e {
			return true
		}
	}
	return false
}

// logsIn reports whether a command identifies the user.
func logsIn(r *protocol.Row) bool {
	return r.Does(protocol.LogsIn) || r.Does(protocol.Authenticates)
}

// polls reports whether a command only asks for changes.
func polls(r *protocol.Row) bool {
	return r.Does(protocol.DoesNothing) || r.Does(protocol.Checks)
}

// waits reports whether a command stays outstanding until the client ends it.
func waits(r *protocol.Row) bool { return r.Does(protocol.Idles) }

// opens reports whether a command selects a mailbox.
func opens(r *protocol.Row) bool { return r.Does(protocol.Selects) }

// shrinks reports whether a command may remove messages from the view of a mailbox.
func shrinks(r *protocol.Row) bool {
	if r == nil {
		return false
	}
	switch r.Effect {
	case protocol.Deselects, protocol.Unauthenticates, protocol.Expunges, protocol.Moves:
		return true
	}
	return false
}

// changes reports whether a command changes messages of the mailbox.
func changes(r *protocol.Row) bool {
	return r.Does(protocol.Stores) || r.Does(protocol.Expunges) || r.Does(protocol.Moves)
}

// showsPassword reports whether a command contains an unencrypted password.
func showsPassword(t *decode.Transaction) bool {
	switch {
	case t.Row.Does(protocol.LogsIn):
		return true
	case t.Row.Does(protocol.Authenticates):
		return protocol.SendsPassword(t.Mechanism())
	}
	return false
}

// dataFact returns the fact for untagged data, or false if no rule looks at it.
func dataFact(r *protocol.Row) (Fact, bool) {
	if r == nil {
		return 0, false
	}
	switch r.Effect {
	case protocol.Describes:
		if r.GoneIn(protocol.IMAP4) {
			return OnStored, true
		}
		return OnFetched, true
	case protocol.CountsMessages:
		return OnExists, true
	case protocol.Removes:
		return OnExpunge, true
	case protocol.Found:
		return OnFound, true
	case protocol.DefinesFlags:
		return OnFlags, true
	case protocol.Copied:
		return OnCopied, true
	case protocol.Names:
		return OnNamed, true
	case protocol.Reports:
		return OnReported, true
	case protocol.FoundSet:
		return OnFoundSet, true
	}
	return 0, false
}

// Statuses.
func isOK(m *decode.Message) bool      { return m.Row.Does(protocol.Succeeds) }
func isNO(m *decode.Message) bool      { return m.Row.Does(protocol.Refuses) }
func isBAD(m *decode.Message) bool     { return m.Row.Does(protocol.Rejects) }
func isBYE(m *decode.Message) bool     { return m.Row.Does(protocol.SaysBye) }
func isPREAUTH(m *decode.Message) bool { return m.Row.Does(protocol.PreAuthenticates) }

// isStatus reports whether a word is the status of a response to a command.
func isStatus(word []byte) bool { return protocol.Lookup(protocol.Completion, word) != nil }

// count returns how many untagged responses of a transaction had an effect.
func count(t *decode.Transaction, e protocol.Effect) int {
	n := 0
	for i := range t.Data {
		if protocol.Lookup(protocol.Response, t.Data[i].Kind).Does(e) {
			n += t.Data[i].N
		}
	}
	return n
}

// shows returns how many responses with message data a transaction had.
func shows(t *decode.Transaction) int { return count(t, protocol.Describes) }

// hasUntaggedBAD reports whether an untagged BAD belongs to a transaction.
func hasUntaggedBAD(t *decode.Transaction) bool { return count(t, protocol.Rejects) > 0 }

func hasData(t *decode.Transaction, kind string) bool {
	for _, d := range t.Data {
		if d.Kind == kind {
			return d.N > 0
		}
	}
	return false
}

// itemsOf returns what a fetch item or property shows; for a macro, what the items it
// expands to show.
func itemsOf(name []byte) protocol.Shows {
	if s := protocol.ShowsOf(name); s != 0 {
		return s
	}
	var s protocol.Shows
	if r := protocol.Lookup(protocol.Macro, name); r != nil {
		for _, x := range r.Expands {
			s |= protocol.ShowsOf(x)
		}
	}
	return s
}
