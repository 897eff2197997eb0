//go:build !unix

package keylog

const nonBlocking = 0
