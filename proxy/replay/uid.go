package replay

import (
	"bytes"
	"fmt"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/script"
	"imapscope/decode/syntax"
)

// uidMap maps recorded unique identifiers to those of the server, which assigns them as it
// likes (RFC 3501, section 2.3.1.1).
type uidMap struct {
	known map[string]map[uint32]uint32 // by recorded mailbox
	read  int                          // index in out.Pairs
}

// hasUID reports whether a request may name messages by UID.
func hasUID(m *decode.Message) bool { return m.Row != nil && m.Row.UID }

// mapped returns a set of UIDs translated to the server's; nil if nothing changes.
func (g *game) mapped(m *decode.Message, n *syntax.Node) []byte {
	if m.Txn == nil {
		return nil
	}
	g.learnUIDs()
	known := g.uids.known[m.Txn.Mailbox]
	if len(known) == 0 {
		return nil
	}
	var out bytes.Buffer
	for b := n.Bytes(m.Raw); len(b) > 0; {
		var u uint32
		k := 0
		for k < len(b) && b[k] >= '0' && b[k] <= '9' && k < 10 {
			u = u*10 + uint32(b[k]-'0')
			k++
		}
		if k == 0 {
			out.WriteByte(b[0])
			b = b[1:]
			continue
		}
		if v, ok := known[u]; ok {
			fmt.Fprint(&out, v)
		} else {
			out.Write(b[:k])
		}
		b = b[k:]
	}
	return out.Bytes()
}

// learnUIDs compares recorded and new answers about the same messages.
func (g *game) learnUIDs() {
	if g.uids.known == nil {
		g.uids.known = make(map[string]map[uint32]uint32)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for ; g.uids.read < len(g.out.Pairs); g.uids.read++ {
		p := g.out.Pairs[g.uids.read]
		i, ok := g.byStart[g.starts[p.Recorded]]
		if !ok {
			return
		}
		then, now := g.s.Exchanges[p.Recorded], g.out.Now.Exchanges[i]
		if then.Done && !now.Done && !g.given[p.Recorded] {
			return // the rest next time
		}
		box := g.uids.known[then.Mailbox]
		if box == nil {
			box = make(map[uint32]uint32)
			g.uids.known[then.Mailbox] = box
		}
		a, listA := uidsOf(then)
		b, listB := uidsOf(now)
		for n, u := range a {
			if v, ok := b[n]; ok {
				box[u] = v
			}
		}
		if then.Row.Does(protocol.Searches) && then.Row.UID && len(listA) == len(listB) {
			for k := range listA {
				box[listA[k]] = listB[k]
			}
		}
	}
}

// uidsOf returns the UIDs in an exchange by message number, and those that a search found.
func uidsOf(x *script.Exchange) (byNumber map[uint64]uint32, found []uint32) {
	byNumber = make(map[uint64]uint32)
	for _, m := range x.Messages {
		if m.Kind != decode.Untagged {
			continue
		}
		switch {
		case m.Row.Does(protocol.Describes):
			n := syntax.ParseResponse(&m.Message)
			d, ok := syntax.ReadFetch(n, m.Raw)
			if !ok {
				continue
			}
			if v := d.Showing(protocol.ShowsUniqueID); v != nil {
				if u, ok := v.Number(m.Raw); ok {
					byNumber[d.Number] = uint32(u)
				}
			}
		case m.Row.Does(protocol.Found):
			n := syntax.ParseResponse(&m.Message)
			list, _ := syntax.ReadSearch(n, m.Raw)
			for _, u := range list {
				found = append(found, uint32(u))
			}
		}
	}
	return byNumber, found
}
