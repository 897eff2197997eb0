//go:build !linux

package main

import (
	"errors"
	"os/exec"
)

func raiseFiles() error { return errors.New("processes are measured in Linux's /proc") }

func endWithUs(*exec.Cmd) {}
