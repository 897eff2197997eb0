package syntax

import (
	"strconv"
	"strings"
)

// Part returns the structure of the part with a number, such as "2.1", of a message
// whose structure is body; nil if there is none. Parts are numbered from 1; a message
// that is not a multipart has only the part 1, and so has one enclosed in a part
// (RFC 3501, "6.4.5. FETCH Command", p. 55).
func Part(body *Node, number string) *Node {
	message := body // the structure of a message, in which the next number counts
	var part *Node
	for number != "" {
		var first string
		first, number, _ = strings.Cut(number, ".")
		i, err := strconv.Atoi(first)
		if err != nil || i < 1 || message == nil {
			return nil
		}
		part = message
		if isMultipart(message) {
			part = kidBody(message, i)
		} else if i != 1 {
			return nil
		}
		if message = part; !isMultipart(part) {
			message = part.Kid(KindBody)
		}
	}
	return part
}

// kidBody returns the i-th part of a multipart, from 1; nil if it has fewer.
func kidBody(n *Node, i int) *Node {
	for k := range n.Kids {
		if n.Kids[k].Kind == KindBody {
			if i--; i == 0 {
				return &n.Kids[k]
			}
		}
	}
	return nil
}
