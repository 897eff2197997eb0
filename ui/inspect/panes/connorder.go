package panes

import (
	"encoding/binary"
	"net/netip"

	"imapscope/ui/inspect/model"
)

// What connections can be sorted by.
const (
	byConn = iota + 1
	byClient
	byServer
	byUser
	byMailbox
	byDialect
	byState
	byTxns
	byNO
	byBAD
	byOctets
	byFindings
	byOrigin
)

// arrange sorts the connections.
func (c *connRows) arrange() {
	if c.by != 0 {
		c.order.Set(c.model.Conns(), c.key)
	}
}

// key returns what a connection is sorted by.
func (c *connRows) key(i int) model.Key {
	k := c.model.Archive.Conn(i)
	switch c.by {
	case byClient:
		return addressKey(k.Client)
	case byServer:
		return addressKey(k.Server)
	case byUser:
		return model.Key{Text: k.User}
	case byMailbox:
		return model.Key{Text: k.Mailbox}
	case byDialect:
		if !k.DialectKnown {
			return model.Key{Num: -1}
		}
		return model.Key{Num: int64(k.Dialect)}
	case byState:
		return model.Key{Text: connState(&k)}
	case byTxns:
		return model.Key{Num: int64(k.Txns)}
	case byNO:
		return model.Key{Num: int64(k.NO)}
	case byBAD:
		return model.Key{Num: int64(k.BAD)}
	case byOctets:
		return model.Key{Num: k.Octets[0] + k.Octets[1]}
	case byFindings:
		all, _ := c.findings(&k)
		return model.Key{Num: int64(all)}
	case byOrigin:
		return model.Key{Text: k.Origin}
	}
	return model.Key{Num: int64(k.ID)}
}

// addressKey sorts addresses as numbers, and the same address by its port.
func addressKey(a netip.AddrPort) model.Key {
	ip := a.Addr().Unmap().As16()
	return model.Key{Text: string(binary.BigEndian.AppendUint16(ip[:], a.Port()))}
}
