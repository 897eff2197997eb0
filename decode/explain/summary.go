package explain

import (
	"fmt"
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/text"
)

// Summary returns a sentence about a whole message. It quotes people's names and texts
// as they are, but no secret.
func Summary(root *syntax.Node, raw []byte) string {
	switch root.Kind {
	case syntax.KindRequest:
		return request(root, raw)
	case syntax.KindContinuation:
		return "The client continues the command before."
	case syntax.KindReady:
		return "The server is ready for what the client has announced."
	}
	return response(root, raw)
}

// value returns the value of a node, and the name of a mailbox also decoded, if it is
// encoded.
func value(r protocol.Role, s string) string {
	if r != protocol.RoleMailbox && r != protocol.RolePattern {
		return s
	}
	if name, err := text.Mailbox(s); err == nil && name != s {
		return s + " (" + name + ")"
	}
	return s
}

// request describes what a client asks for.
func request(root *syntax.Node, raw []byte) string {
	q := syntax.ReadRequest(root, raw)
	arg := func(r protocol.Role) string {
		if n := root.FindRole(r); n != nil {
			return cut(value(r, string(n.Value(raw))))
		}
		return "?"
	}
	messages := "messages"
	if n := root.Find(syntax.KindSequence); n != nil {
		what := "message"
		if n.Role == protocol.RoleUID {
			what = protocol.UniqueID
		}
		messages = lowerFirst(strings.TrimSuffix(sequence(syntax.ReadSequence(n, raw), what), "."))
	} else if n := root.FindRole(protocol.RoleMessageNumber); n != nil {
		messages = "message " + string(n.Bytes(raw))
	}
	row := protocol.LookupName(q.Name)
	if row == nil {
		return "A command that imapscope does not know."
	}
	switch row.Effect {
	case protocol.LogsIn:
		return "Logs in as " + arg(protocol.RoleUserID) + "."
	case protocol.Selects:
		if row.Shared {
			return "Opens the bulletin board " + arg(protocol.RoleBBoard) + "."
		}
		return "Opens the mailbox " + arg(protocol.RoleMailbox) + "."
	case protocol.Fetches:
		if root.Find(syntax.KindAttribute) != nil || root.Find(syntax.KindSection) != nil {
			return "Asks for " + items(root, raw) + " of " + messages + "."
		}
	case protocol.Copies:
		return "Copies " + messages + " to " + arg(protocol.RoleMailbox) + "."
	case protocol.Stores:
		return store(root, raw, messages)
	case protocol.Searches:
		if keys := searchKeys(root, raw); len(keys) > 0 {
			return "Looks for messages that match " + list(keys) + "."
		}
	case protocol.Finds:
		if row.Group {
			return "Asks which names fit " + arg(protocol.RolePattern) + "."
		}
	}
	return row.Plain
}

// searchKeys returns the criteria of a search, as they are written.
func searchKeys(root *syntax.Node, raw []byte) []string {
	var keys []string
	for n := range root.All() {
		if n.Kind == syntax.KindSearchKey {
			keys = append(keys, cut(string(n.Bytes(raw))))
		}
	}
	return keys
}

// items returns the names of what is fetched.
func items(root *syntax.Node, raw []byte) string {
	var names []string
	section := -1 // where the last one ended
	for n := range root.All() {
		if (n.Kind == syntax.KindAttribute || n.Kind == syntax.KindSection) && n.Span.Start >= section {
			if n.Kind == syntax.KindSection {
				section = n.Span.End
			}
			name := strings.ToUpper(cut(string(n.Bytes(raw))))
			if e := protocol.Lookup(protocol.Macro, name); e != nil {
				names = append(names, e.Expands...)
				continue
			}
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "something"
	}
	return list(names)
}

func store(root *syntax.Node, raw []byte, messages string) string {
	what := ""
	if n := root.Find(syntax.KindAttribute); n != nil {
		what = strings.ToUpper(string(n.Bytes(raw)))
	}
	flags := list(syntax.ReadFlags(root, raw))
	if flags == "" {
		flags = "no flag"
	}
	switch row := protocol.Lookup(protocol.StoreItem, what); {
	case row.Does(protocol.AddsFlags):
		return "Adds " + flags + " to " + messages + "."
	case row.Does(protocol.RemovesFlags):
		return "Removes " + flags + " from " + messages + "."
	}
	return "Sets the flags of " + messages + " to " + flags + "."
}

// response describes what a server reports.
func response(root *syntax.Node, raw []byte) string {
	q := syntax.ReadResponse(root, raw)
	switch {
	case q.Tag == protocol.TagReady:
		return "The server is ready for what the client has announced."
	case q.Status != "" && q.Tag != protocol.TagUntagged:
		return completion(q)
	case q.Tag != protocol.TagUntagged:
		return fmt.Sprintf("Command %s is answered, but without a status.", cut(q.Tag))
	case q.Status != "":
		return plain(protocol.Response, q.Status, "News from the server.")
	}
	row := protocol.Lookup(protocol.Response, q.Data)
	if row == nil {
		return "A response that imapscope does not know."
	}
	switch row.Effect {
	case protocol.CountsMessages:
		return fmt.Sprintf("The mailbox has %s.", count(q.Number))
	case protocol.CountsRecent:
		return fmt.Sprintf("%s arrived since the mailbox was last read.", upperFirst(count(q.Number)))
	case protocol.Removes:
		return fmt.Sprintf("Message %d is gone for good; the messages after it are renumbered, each one lower.", q.Number)
	case protocol.Copied:
		return fmt.Sprintf("Message %d has been copied.", q.Number)
	case protocol.Found:
		found, _ := syntax.ReadSearch(root, raw)
		return fmt.Sprintf("%s found.", upperFirst(count(uint64(len(found)))))
	}
	if d, ok := syntax.ReadFetch(root, raw); ok {
		names := make([]string, len(d.Items))
		for i, it := range d.Items {
			names[i] = cut(it.Name)
		}
		return fmt.Sprintf("Of message %d: %s.", d.Number, list(names))
	}
	return row.Plain
}

// completion describes how a command ended.
func completion(q syntax.Response) string {
	switch row := protocol.Lookup(protocol.Completion, q.Status); {
	case row.Does(protocol.Succeeds):
		return fmt.Sprintf("Command %s succeeded.", cut(q.Tag))
	case row.Does(protocol.Refuses):
		return fmt.Sprintf("Command %s was understood, but refused; the text says why.", cut(q.Tag))
	case row.Does(protocol.Rejects):
		return fmt.Sprintf("Command %s was not understood: most likely the client has a fault.", cut(q.Tag))
	}
	return fmt.Sprintf("Command %s ended.", cut(q.Tag))
}

func plain(k protocol.Kind, name, otherwise string) string {
	if e := protocol.Lookup(k, name); e != nil {
		return e.Plain
	}
	return otherwise
}

func count(n uint64) string {
	if n == 1 {
		return "1 message"
	}
	return fmt.Sprintf("%d messages", n)
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
func lowerFirst(s string) string {
	if strings.HasPrefix(s, protocol.UniqueID) {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// cut returns the beginning of a word, for a sentence.
func cut(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
