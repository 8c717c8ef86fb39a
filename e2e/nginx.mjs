// nginx as docs/ops/several-processes.md sets it up, in front of processes that keep their addresses.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";

const program = "/usr/sbin/nginx";

/** The lines that the document names, word for word: what is tried is what operators read. */
function documented() {
  const text = readFileSync(new URL("../docs/ops/several-processes.md", import.meta.url), "utf8");
  const lines = text.split("\n").filter((line) => line.startsWith("    proxy_"));
  if (lines.length === 0) throw new Error("docs/ops/several-processes.md names no line of nginx's");
  return lines.join("\n");
}

/** A port that nobody has at the moment. */
const free = () => new Promise((resolve) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

const answers = (port) => new Promise((resolve) => {
  const socket = connect(port, "127.0.0.1", () => { socket.destroy(); resolve(true); });
  socket.on("error", () => resolve(false));
});

/** Starts nginx in front of these ports, with its files in this folder. */
export async function nginx(ports, folder) {
  if (!existsSync(program)) throw new Error("nginx is not installed; on Debian: apt-get install -y --no-install-recommends nginx-light");
  const home = join(folder, "nginx");
  mkdirSync(home, { recursive: true });
  const port = await free();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `  ${name}_temp_path ${join(home, name)};`).join("\n");
  // As whoever runs the stories: nginx would leave its folders to another user.
  const user = process.getuid() === 0 ? "user root;\n" : "";
  writeFileSync(join(home, "conf"), `${user}daemon off;
pid ${join(home, "pid")};
events { worker_connections 1024; }
http {
${temporary}
  log_format tried '$upstream_addr $upstream_status';
  access_log ${join(home, "calls")} tried;
  client_max_body_size 64m;
  upstream desk {
${ports.map((one) => `    server 127.0.0.1:${one} max_fails=0;`).join("\n")}
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://desk;
      proxy_set_header Host $http_host;
${documented()}
    }
  }
}
`);
  const server = spawn(program, ["-p", home, "-e", join(home, "errors"), "-c", join(home, "conf")], { stdio: ["ignore", "inherit", "inherit"] });
  const ended = new Promise((resolve) => server.on("exit", resolve));
  let gone = false;
  ended.then(() => { gone = true; });
  while (!(await answers(port))) {
    if (gone) throw new Error(`nginx did not start: ${readFileSync(join(home, "errors"), "utf8")}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    address: () => ({ port }),
    /** Calls that went to more than one process, and how often one was gone after the connection had been opened. */
    counts() {
      const lines = (name, found) => readFileSync(join(home, name), "utf8").split("\n").filter((line) => found.test(line)).length;
      return { repeated: lines("calls", /, /), cut: lines("errors", /prematurely closed|recv\(\) failed/) };
    },
    async close() { server.kill("SIGTERM"); await ended; },
  };
}
