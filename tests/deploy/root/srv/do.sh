#!/bin/sh
# What a test does on a server: a refresh with all that the units forbid; requests to the services; then what goes
# wrong. What it prints is what the test reads.
python=/opt/jobmaal/.venv/bin/python
project=/opt/jobmaal
operator=/run/jobmaal-operator.socket
systemd-sysusers
PYTHONPATH=$project $python -B /srv/receive.py &
for i in $(seq 120); do test -e /srv/mail && break; sleep 1; done
systemctl start jobmaal-try.service
echo refresh: $?
systemctl enable --now jobmaal-daemon.service jobmaal-web.service jobmaal-operator.socket jobmaal-watch.timer
is_up() {
  $python -c 'import urllib.request as u; u.urlopen("http://127.0.0.1:3000/server_info")' 2>/dev/null
}
for i in $(seq 120); do is_up && break; sleep 1; done
is_up; echo web: $?
echo running: $(systemctl is-active jobmaal-daemon.service jobmaal-web.service jobmaal-operator.service)

# The UI: read-only for everybody, and writable for the operator.
echo everybody: $($python /srv/ask.py 3000 stop)
setpriv --reuid=jobmaal --clear-groups $python /srv/ask.py $operator stop 2>&1 | grep -o PermissionError
for i in $(seq 180); do test -s /srv/beats && break; sleep 1; done
echo beats: $(test -s /srv/beats && echo some)

journalctl --no-pager --output=cat --unit='jobmaal-*' > /srv/well

# What goes wrong, and a mail each time. Each is fixed before the next.
arrives() {
  for i in $(seq 240); do grep -q "$1" /srv/mail && break; sleep 1; done
  echo "mail: $(grep -c "$1" /srv/mail) $1"
}
is_well_again() {
  for i in $(seq 420); do test $(grep -c 'service works again' /srv/mail) -ge $1 && break; sleep 1; done
  echo "well again: $(grep -c 'service works again' /srv/mail)"
}
echo operator: $($python /srv/ask.py $operator stop)
arrives 'the schedule nightly_schedule is off'
$python /srv/ask.py $operator start >/dev/null
is_well_again 1

systemctl stop jobmaal-daemon.service
arrives 'jobmaal-daemon.service is inactive, though it is to run'
systemctl start jobmaal-daemon.service
is_well_again 2

settings=/var/lib/jobmaal/data/dagster/dagster.yaml
echo 'no settings: {' > $settings
systemctl kill --kill-whom=main --signal=KILL jobmaal-daemon.service
arrives 'jobmaal-daemon.service has been started again'
for i in $(seq 20); do systemctl is-failed --quiet jobmaal-daemon.service && break; sleep 0.1; done
echo "in the loop: $(systemctl is-failed --quiet jobmaal-daemon.service && echo failed)"
rm $settings
systemctl restart jobmaal-daemon.service
# A restart between two attempts of systemd's own keeps their number.
systemctl reset-failed jobmaal-daemon.service
is_well_again 3

echo launched: $($python /srv/ask.py $operator launch)
arrives 'it does not end'

systemctl stop jobmaal-watch.timer jobmaal-operator.socket
systemctl stop jobmaal-daemon.service jobmaal-web.service jobmaal-operator.service
echo ended: $(systemctl show --property=Result --value jobmaal-daemon.service jobmaal-web.service \
  jobmaal-operator.service)
journalctl --no-pager --output=cat --unit='jobmaal-*' > /srv/journal
