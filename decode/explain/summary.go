package explain

import (
	"fmt"
	"strings"

	"imapscope/decode/excerpt"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/text"
)

// Summary returns a sentence about a whole message; lost reports whether bytes of it were not
// captured. It quotes people's names and texts as they are, but no secret.
func Summary(root *syntax.Node, raw []byte, lost bool) string {
	switch root.Kind {
	case syntax.KindRequest:
		return request(root, raw, lost)
	case syntax.KindContinuation:
		return "The client continues the previous command."
	case syntax.KindReady:
		return "The server is ready for what the client has announced."
	}
	return response(root, raw, lost)
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
func request(root *syntax.Node, raw []byte, lost bool) string {
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
	if q.Name == "" {
		return "A line without a command."
	}
	if row == nil {
		return "A command that imapscope does not know."
	}
	if n := announced(root, raw); n != "" && !lost {
		return fmt.Sprintf("%s announces a literal of %s bytes, which has not arrived yet.", row.Name, n)
	}
	if !lost && malformed(root) {
		return fmt.Sprintf("%s that does not follow the grammar; a server will most likely refuse it.", upperFirst(article(row.Name)))
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
			return "Asks which names match " + arg(protocol.RolePattern) + "."
		}
	}
	return row.Plain
}

// announced returns the size of a literal that has not come; "" if there is none.
func announced(root *syntax.Node, raw []byte) string {
	for n := range root.All() {
		if n.Kind == syntax.KindLiteral && n.Kids[1].Span.Len() == 0 {
			if size := literalSize(n.Kids[0].Bytes(raw)); strings.Trim(size, "0") != "" {
				return size
			}
		}
	}
	return ""
}

// literalSize returns the number in the head of a literal.
func literalSize(head []byte) string {
	return strings.Trim(strings.TrimRight(string(head), "\r\n"), "{}~+")
}

// malformed reports whether a message has a fault other than in its line end.
func malformed(root *syntax.Node) bool {
	for n := range root.All() {
		if n.Err != nil && n.Kind != syntax.KindCRLF {
			return true
		}
	}
	return false
}

// article returns a name with its indefinite article.
func article(name string) string {
	if strings.ContainsAny(name[:1], "AEIO") {
		return "an " + name
	}
	return "a " + name
}

// searchKeys returns the criteria of a search, as they are written.
func searchKeys(root *syntax.Node, raw []byte) []string {
	var keys []string
	end := 0 // of the last one: a key within it, as those of OR, is part of it
	for n := range root.All() {
		if n.Kind == syntax.KindSearchKey && n.Span.Start >= end {
			keys = append(keys, cut(string(n.Bytes(raw))))
			end = n.Span.End
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
	switch row := protocol.Lookup(protocol.StoreItem, what); {
	case row == nil:
		return "Changes an item of " + messages + " that imapscope does not know: " + cut(what) + "."
	case !row.Does(protocol.SetsFlags) && !row.Does(protocol.AddsFlags) && !row.Does(protocol.RemovesFlags):
		return "Changes " + what + " of " + messages + "."
	case flags == "" && row.Does(protocol.SetsFlags):
		return "Clears all flags of " + messages + "."
	case flags == "":
		return "Changes no flags of " + messages + ": the list is empty."
	case row.Does(protocol.AddsFlags):
		return "Adds " + flags + " to " + messages + "."
	case row.Does(protocol.RemovesFlags):
		return "Removes " + flags + " from " + messages + "."
	}
	return "Sets the flags of " + messages + " to " + flags + "."
}

// response describes what a server reports.
func response(root *syntax.Node, raw []byte, lost bool) string {
	q := syntax.ReadResponse(root, raw)
	switch {
	case q.Tag == protocol.TagReady:
		return "The server is ready for what the client has announced."
	case q.Status != "" && q.Tag != protocol.TagUntagged:
		return completion(q)
	case q.Tag != protocol.TagUntagged && !canBeTag(q.Tag):
		return "Not a response: a line from the server begins with *, + or the tag of a command."
	case q.Tag != protocol.TagUntagged:
		return fmt.Sprintf("Answers command %s, but without OK, NO or BAD.", cut(q.Tag))
	case q.Status != "":
		return status(q, raw)
	}
	row := protocol.Lookup(protocol.Response, q.Data)
	if row == nil {
		return "A response that imapscope does not know."
	}
	if !lost && malformed(root) {
		return upperFirst(article(row.Name)) + " response that does not follow the grammar; a client may misread it."
	}
	switch row.Effect {
	case protocol.CountsMessages:
		return fmt.Sprintf("The mailbox has %s.", count(q.Number))
	case protocol.CountsRecent:
		return fmt.Sprintf("%s arrived since the mailbox was last read.", upperFirst(count(q.Number)))
	case protocol.Removes:
		return fmt.Sprintf("Message %d has been removed; every message after it is now numbered one lower.", q.Number)
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
		return fmt.Sprintf("Reports %s of message %d.", list(names), d.Number)
	}
	return row.Plain
}

// canBeTag reports whether a word has no character that no tag has.
func canBeTag(word string) bool { return word != "" && !strings.ContainsAny(word, `(){}"%*\`) }

// completion describes how a command ended.
func completion(q syntax.Response) string {
	switch row := protocol.Lookup(protocol.Completion, q.Status); {
	case row.Does(protocol.Succeeds):
		return fmt.Sprintf("Command %s succeeded.", cut(q.Tag))
	case row.Does(protocol.Refuses):
		return fmt.Sprintf("Command %s failed; the text says why.", cut(q.Tag))
	case row.Does(protocol.Rejects):
		return fmt.Sprintf("Command %s was rejected: most likely the client is at fault.", cut(q.Tag))
	}
	return fmt.Sprintf("Command %s ended.", cut(q.Tag))
}

// status describes an untagged status by its code, if it has one.
func status(q syntax.Response, raw []byte) string {
	if q.Code != nil {
		if n := q.Code.Find(syntax.KindCodeName); n != nil {
			if row := protocol.Lookup(protocol.Code, string(n.Bytes(raw))); row != nil {
				return row.Plain
			}
		}
	}
	if row := protocol.Lookup(protocol.Response, q.Status); row != nil {
		return row.Plain
	}
	return "A report from the server."
}

func count(n uint64) string {
	switch n {
	case 0:
		return "no messages"
	case 1:
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
func cut(s string) string { return excerpt.Head(s, 60) }
