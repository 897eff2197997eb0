package explain

import (
	"fmt"
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// Summary is a whole message in a sentence. Names and texts of people stand in it as
// they are, but no secret does.
func Summary(root *syntax.Node, raw []byte) string {
	switch root.Kind {
	case syntax.KindRequest:
		return request(root, raw)
	case syntax.KindContinuation:
		return "The client goes on with the command before."
	case syntax.KindReady:
		return "The server is ready for what the client has announced."
	}
	return response(root, raw)
}

// request says what a client asks for.
func request(root *syntax.Node, raw []byte) string {
	q := syntax.ReadRequest(root, raw)
	arg := func(r protocol.Role) string {
		if n := root.FindRole(r); n != nil {
			return cut(string(n.Value(raw)))
		}
		return "?"
	}
	messages := "messages"
	if n := root.Find(syntax.KindSequence); n != nil {
		what := "message"
		if n.Role == protocol.RoleUID {
			what = "UID"
		}
		messages = lowerFirst(strings.TrimSuffix(sequence(syntax.ReadSequence(n, raw), what), "."))
	} else if n := root.FindRole(protocol.RoleMessageNumber); n != nil {
		messages = "message " + string(n.Bytes(raw))
	}
	switch strings.TrimPrefix(q.Name, "UID ") {
	case "LOGIN":
		return "Logs in as " + arg(protocol.RoleUserID) + "."
	case "SELECT", "EXAMINE":
		return "Opens the mailbox " + arg(protocol.RoleMailbox) + "."
	case "BBOARD":
		return "Opens the bulletin board " + arg(protocol.RoleBBoard) + "."
	case "FETCH":
		return "Asks for " + items(root, raw) + " of " + messages + "."
	case "COPY":
		return "Copies " + messages + " to " + arg(protocol.RoleMailbox) + "."
	case "STORE":
		return store(root, raw, messages)
	case "SEARCH":
		var keys []string
		for n := range root.All() {
			if n.Kind == syntax.KindSearchKey {
				keys = append(keys, cut(string(n.Bytes(raw))))
			}
		}
		return "Looks for messages that match " + list(keys) + "."
	case "FIND":
		return "Asks which names fit " + arg(protocol.RolePattern) + "."
	}
	if e := protocol.Lookup(protocol.Command, q.Name); e != nil {
		return e.Plain
	}
	return "A command that imapscope does not know."
}

// items are the names of what is fetched.
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
	switch strings.TrimSuffix(what, ".SILENT") {
	case "+FLAGS":
		return "Gives " + flags + " to " + messages + "."
	case "-FLAGS":
		return "Takes " + flags + " from " + messages + "."
	}
	return "Sets the flags of " + messages + " to " + flags + "."
}

// response says what a server tells.
func response(root *syntax.Node, raw []byte) string {
	q := syntax.ReadResponse(root, raw)
	switch {
	case q.Tag == "+":
		return "The server is ready for what the client has announced."
	case q.Status != "" && q.Tag != "*":
		return fmt.Sprintf("The command %s: %s", cut(q.Tag), plain(protocol.Completion, q.Status, "it is over."))
	case q.Tag != "*":
		return fmt.Sprintf("The command %s is answered, but without OK, NO or BAD.", cut(q.Tag))
	case q.Status != "":
		return plain(protocol.Response, q.Status, "News from the server.")
	}
	switch q.Data {
	case "EXISTS":
		return fmt.Sprintf("The mailbox has %s.", count(q.Number))
	case "RECENT":
		return fmt.Sprintf("%s came since the mailbox was last read.", upperFirst(count(q.Number)))
	case "EXPUNGE":
		return fmt.Sprintf("Message %d is gone for good; those behind it have numbers one less.", q.Number)
	case "COPY":
		return fmt.Sprintf("Message %d has been copied.", q.Number)
	case "SEARCH":
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
	return plain(protocol.Response, q.Data, "A response that imapscope does not know.")
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
	if strings.HasPrefix(s, "UID") {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// cut is the beginning of a word, for a sentence.
func cut(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
