// Command go-qemu lets a test call go-qemu's methods: each line of its input is a call, each line of its
// output an answer or an event.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/digitalocean/go-qemu/qemu"
	"github.com/digitalocean/go-qemu/qmp"
)

const patience = 10 * time.Second

// call names a method, and what Run is to send.
type call struct {
	Method  string
	Command qmp.Command
}

// answer is one line of output; one of its members is set.
type answer struct {
	Return interface{} `json:"return,omitempty"`
	Error  string      `json:"error,omitempty"`
	Event  *qmp.Event  `json:"event,omitempty"`
}

// printer writes whole lines, whoever prints.
type printer struct {
	mutex   sync.Mutex
	encoder *json.Encoder
}

func (p *printer) print(a answer) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if err := p.encoder.Encode(a); err != nil {
		fail(err)
	}
}

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: %s unix|tcp ADDRESS", os.Args[0]))
	}
	monitor, err := qmp.NewSocketMonitor(os.Args[1], os.Args[2], patience)
	check(err)
	check(monitor.Connect())
	domain, err := qemu.NewDomain(monitor, "qmpsim")
	check(err)
	events, done, err := domain.Events()
	check(err)

	out := &printer{encoder: json.NewEncoder(os.Stdout)}
	go func() {
		for event := range events {
			event := event
			out.print(answer{Event: &event})
		}
	}()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var c call
		check(json.Unmarshal(lines.Bytes(), &c))
		value, err := perform(monitor, domain, c)
		if err != nil {
			out.print(answer{Error: err.Error()})
		} else {
			out.print(answer{Return: value})
		}
	}
	close(done)
	check(domain.Close())
}

func perform(monitor *qmp.SocketMonitor, domain *qemu.Domain, c call) (interface{}, error) {
	switch c.Method {
	case "Run":
		text, err := domain.Run(c.Command)
		return json.RawMessage(text), err
	case "Capabilities":
		return monitor.Capabilities, nil
	case "Commands":
		return domain.Commands()
	case "Version":
		return domain.Version()
	case "PackageVersion":
		return domain.PackageVersion()
	case "Status":
		status, err := domain.Status()
		return status.String(), err
	case "PCIDevices":
		return domain.PCIDevices()
	case "CPUs":
		return domain.CPUs()
	case "BlockDevices":
		return domain.BlockDevices()
	case "BlockStats":
		return domain.BlockStats()
	case "BlockJobs":
		return domain.BlockJobs()
	case "SystemPowerdown":
		return true, domain.SystemPowerdown()
	case "SystemReset":
		return true, domain.SystemReset()
	}
	return nil, fmt.Errorf("no method %s", c.Method)
}

func check(err error) {
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
