"""Compose files by subject; each is created by the official Compose and by us, and what the engine got is compared."""

from __future__ import annotations

IMAGE = "harmonyai/harmonyspeech-ui:latest"

#: Subject -> services; ``extra`` sections follow in EXTRAS. Every service gets IMAGE unless it has one.
SERVICES: dict[str, str] = {
    "plain": """
      one: {}
    """,
    "commands": """
      list: {command: ["sleep", "5"], entrypoint: ["env", "A=1"]}
      none: {command: null, entrypoint: null}
      empty: {command: [], entrypoint: []}
      text: {command: "sh -c 'sleep 5'", working_dir: /tmp, user: "1000:1000"}
    """,
    "environment": """
      one: {environment: {A: "1", B: "", C: null, D: "a=b", E: "ü"}}
      two: {environment: ["Z=1", "A=2", "FROM_SHELL"]}
    """,
    "ports": """
      short: {ports: ["8080:80", "127.0.0.1:8081:81/udp", "82", "[::1]:8083:83", "9000-9002:9000-9002"]}
      long:
        ports:
          - {target: 90, published: "7000-7001", protocol: udp, host_ip: 127.0.0.1, mode: host, name: web}
          - {target: 91}
          - {target: 92, published: "7092"}
          - {target: 92, published: "7093"}
      exposed: {expose: ["3000", "8000-8002/udp", 4000]}
    """,
    "volumes": """
      short:
        volumes: [/anonymous, "named:/v1", "custom:/v2:ro", "./data:/b1", "./data:/b2:ro", "./data:/b3:z"]
      long:
        volumes:
          - {type: bind, source: ./data, target: /b5, bind: {create_host_path: false}}
          - {type: bind, source: ./data, target: /b7, read_only: true}
          - {type: bind, source: ./data, target: /b8, bind: {propagation: rprivate}}
          - {type: volume, source: named, target: /v3, volume: {nocopy: true}}
          - {type: volume, source: named, target: /v4, read_only: true}
          - {type: volume, target: /v5}
          - {type: volume, source: outside, target: /v6}
          - {type: tmpfs, target: /t1, tmpfs: {size: 10m, mode: 0755}}
          - {type: tmpfs, target: /t2}
      temporary: {tmpfs: ["/run", "/tmp:size=64m,mode=755"]}
    """,
    "secrets": """
      one:
        secrets: [from_file, {source: from_variable, target: a/b, mode: 0440, uid: "5", gid: "6"}]
        configs: [{source: plain, target: /etc/plain}, {source: text, target: /etc/text}, text]
    """,
    "networks": """
      one:
        networks:
          first: {aliases: [alias], ipv4_address: 172.30.0.5, priority: 5}
          second: {priority: 10}
      two: {networks: [first], mac_address: "02:42:ac:11:65:43"}
      three: {networks: {second: {mac_address: "02:42:ac:11:65:44"}}}
    """,
    "addresses": """
      one: {networks: {six: {ipv6_address: "fd00:1:2:3::5", link_local_ips: [169.254.8.8], driver_opts: {k: v}}}}
    """,
    "several_networks": """
      one: {networks: {a: {}, b: null, c: {aliases: [x, y]}}}
    """,
    "network_modes": """
      host: {network_mode: host}
      none: {network_mode: none}
      bridge: {network_mode: bridge}
      shared: {network_mode: "service:none"}
      namespaces: {ipc: "service:shareable", pid: "service:shareable"}
      shareable: {ipc: shareable}
    """,
    "links": """
      app: {links: [db, "cache:store"], external_links: ["l-db-1:other"]}
      db: {}
      cache: {}
    """,
    "volumes_from": """
      app: {volumes_from: ["store:ro"]}
      foreign: {volumes_from: ["container:outside:ro"]}
      store: {volumes: ["/kept"]}
    """,
    "limits": """
      old: {mem_limit: 64m, mem_reservation: 32m, memswap_limit: 128m, mem_swappiness: 60, cpus: 0.7, pids_limit: 10,
            cpu_shares: 73, cpuset: "0", oom_score_adj: -500, shm_size: 128m,
            ulimits: {nproc: 65535, nofile: {soft: 20000, hard: 40000}, core: -1}}
      quota: {cpu_period: 20000, cpu_quota: 10000}
      deployed:
        deploy:
          resources: {limits: {cpus: "0.33", memory: 50M, pids: 7}, reservations: {cpus: "0.25", memory: 20M}}
          restart_policy: {condition: on-failure, max_attempts: 5}
          labels: {for: swarm}
    """,
    "restart": """
      a: {restart: "no"}
      b: {restart: always}
      c: {restart: on-failure}
      d: {restart: "on-failure:3"}
      e: {restart: unless-stopped}
      f: {deploy: {restart_policy: {condition: none}}}
      g: {deploy: {restart_policy: {condition: any}}}
      h: {restart: always, deploy: {restart_policy: {condition: on-failure}}}
    """,
    "health": """
      list: {healthcheck: {test: ["CMD", "true"], interval: 1m30s, timeout: 10s, retries: 3, start_period: 40s}}
      text: {healthcheck: {test: "exit 0"}}
      disabled: {healthcheck: {disable: true}}
      none: {healthcheck: {test: ["NONE"]}}
      part: {healthcheck: {interval: 500ms}}
    """,
    "gpus": """
      all: {deploy: {resources: {reservations: {devices: [{driver: nvidia, capabilities: [gpu]}]}}}}
      two:
        deploy: {resources: {reservations: {devices: [{capabilities: [gpu, utility], count: 2, options: {a: b}}]}}}
      every: {deploy: {resources: {reservations: {devices: [{capabilities: [gpu], count: all}]}}}}
      named: {deploy: {resources: {reservations: {devices: [{capabilities: [gpu], device_ids: ["0", "3"]}]}}}}
      short: {gpus: all}
      long: {gpus: [{driver: nvidia, count: 1}, {device_ids: ["GPU-1"]}]}
    """,
    "devices": """
      one: {devices: ["/dev/null", "/dev/zero:/dev/zz:rw"], device_cgroup_rules: ["c 1:3 mr"]}
    """,
    "rights": """
      caps: {cap_add: [net_admin, SYS_TIME, NET_ADMIN], cap_drop: [ALL]}
      more: {privileged: true, userns_mode: host, pid: host, ipc: host, uts: host, cgroup: host}
      options:
        security_opt: ["seccomp:unconfined", "no-new-privileges:true", "label:disable"]
        group_add: [mail, 1000]
      bare: {security_opt: ["systempaths=unconfined", "seccomp=./profile.json"], read_only: true}
    """,
    "hosts": """
      one: {hostname: hostx, domainname: dom.example, dns: [8.8.8.8], dns_opt: [use-vc], dns_search: [dc1.example]}
      two: {extra_hosts: {some: "162.242.195.82", gw: host-gateway, v6: "::1"}}
      three: {extra_hosts: ["a:1.2.3.4", "b=::2"], dns: 9.9.9.9}
    """,
    "process": """
      one: {init: true, tty: true, stdin_open: true, stop_signal: SIGINT, stop_grace_period: 1m30s}
      two: {init: false, stop_grace_period: 1500ms, sysctls: {net.core.somaxconn: 1024, net.ipv4.tcp_syncookies: "0"}}
      three: {runtime: runc, platform: linux/amd64, annotations: {x.y: z}}
    """,
    "logging": """
      one: {logging: {driver: json-file, options: {max-size: "10m", tag: "x"}}}
      two: {logging: {driver: none}}
      three: {logging: {options: {max-file: "3"}}}
    """,
    "labels": """
      one: {labels: {foo: bar, com.docker.compose.project: mine, com.docker.compose.service: other}}
      two: {labels: ["a=b", "empty"], container_name: fixed-name}
      three: {depends_on: {one: {condition: service_started, restart: true}, two: {condition: service_started}}}
      llama.cpp: {}
    """,
    "files": """
      one: {env_file: settings.env, label_file: settings.env, environment: {OVER: own}, labels: {OVER: own}}
      two: {env_file: [{path: settings.env, format: raw}, {path: absent.env, required: false}], pull_policy: never}
      several: {deploy: {replicas: 1}, attach: false, profiles: []}
    """,
    "groups": """
      parent: {cgroup_parent: /harmony-test}
      oom: {oom_kill_disable: true, mem_limit: 64m}
      windows: {cpu_count: 2, cpu_percent: 50}
      sandbox: {isolation: default}
      realtime: {cpu_rt_period: 1400000, cpu_rt_runtime: 400000}
      quota: {storage_opt: {size: 1G}}
    """,
    "block_io": """
      one: {blkio_config: {weight: 300, weight_device: [{path: /dev/null, weight: 400}],
            device_read_bps: [{path: /dev/null, rate: 12mb}], device_write_iops: [{path: /dev/null, rate: 30}]}}
    """,
}

#: Top-level sections beside the services.
EXTRAS: dict[str, str] = {
    "volumes": """
volumes:
  named: {driver: local, driver_opts: {type: tmpfs, device: tmpfs, o: size=1m}, labels: {v: l}}
  custom: {name: custom-volume}
  outside: {external: true, name: outside-volume}
""",
    "secrets": """
secrets: {from_file: {file: ./profile.json}, from_variable: {environment: SECRET_VALUE}}
configs: {plain: {file: ./profile.json}, text: {content: "hello"}}
""",
    "networks": """
networks:
  first:
    driver: bridge
    driver_opts: {com.docker.network.bridge.enable_icc: "true"}
    ipam: {driver: default, config: [{subnet: 172.30.0.0/16, ip_range: 172.30.0.0/24, gateway: 172.30.0.1,
                                      aux_addresses: {h1: 172.30.0.9}}]}
    internal: true
    attachable: true
    labels: {n: l}
  second: {name: custom-network}
""",
    "addresses": 'networks: {six: {enable_ipv6: true, ipam: {config: [{subnet: "fd00:1:2:3::/64"}]}}}\n',
    "several_networks": "networks: {a: {}, b: {}, c: {}}\n",
}


def compose_file(subject: str) -> str:
    """Return the compose file of a subject."""
    lines = [line[4:] for line in SERVICES[subject].strip("\n").splitlines()]
    text = "\n".join(lines).rstrip()
    return f"name: {subject[0]}\nservices:\n{text}\n{EXTRAS.get(subject, '')}"
