import type { Alert, AlertProcess } from '#model/alert.js';
import { parseTimestamp } from '#runtime/timestamp.js';

type Json = Readonly<Record<string, unknown>>;

/** `file.type_id`: a regular file. */
const REGULAR_FILE = { type_id: 1, type: 'Regular File' } as const;
const PROTOCOL_NUMBER: Readonly<Record<string, number>> = { TCP: 6, UDP: 17, SCTP: 132 };

/**
 * The artifacts of an alert as one evidence of OCSF: process, file, the two ends of a connection, DNS question,
 * HTTP request. Never empty: an alert that is about no event has its message as data.
 */
export function evidenceOf(alert: Alert): Json {
  const evidence = { ...processPart(alert), ...filePart(alert), ...networkPart(alert) };
  const isEmpty = Object.keys(evidence).length === 0;
  return isEmpty ? { data: { message: alert.message } } : evidence;
}

function processPart({ processTree }: Alert): Json {
  if (processTree === undefined) return {};
  let process: Json = {};
  let node: AlertProcess | undefined = processTree;
  for (let parent: Json | undefined; node !== undefined; parent = process) {
    process = processOf(node, parent);
    [node] = Object.values(node.childrenMap ?? {});
  }
  const { user } = process;
  return { process, actor: { process, user } };
}

function processOf(node: AlertProcess, parent: Json | undefined): Json {
  const { pid, comm, cmdline, path, cwd, uid, gid, startTime } = node;
  return {
    pid,
    name: comm,
    cmd_line: cmdline,
    created_time: parseTimestamp(startTime) ?? 0,
    user: { uid: `${uid}`, groups: [{ uid: `${gid}` }] },
    ...(path !== '' && { file: fileOf(path) }),
    ...(cwd !== '' && { working_directory: cwd }),
    ...(parent && { parent_process: parent }),
  };
}

function filePart({ identifiers: { file } }: Alert): Json {
  if (file === undefined) return {};
  const { name = '', directory = '' } = file;
  return { file: fileOf(`${directory === '/' ? '' : directory}/${name}`) };
}

function fileOf(path: string): Json {
  const slash = path.lastIndexOf('/');
  const folder = slash > 0 && { parent_folder: path.slice(0, slash) };
  return { path, name: path.slice(slash + 1) || path, ...folder, ...REGULAR_FILE };
}

function networkPart({ identifiers, arguments: values, request }: Alert): Json {
  const { network, dns, http } = identifiers;
  if (network !== undefined) return connectionOf(network, values);
  if (dns !== undefined) return { query: { hostname: dns['domain'] } };
  if (http === undefined) return {};
  const { domain: hostname, method, userAgent } = http;
  const url = { url_string: request?.url ?? http['endpoint'], ...(hostname && { hostname }) };
  return {
    url,
    http_request: { http_method: method, url, ...(userAgent && { user_agent: userAgent }) },
  };
}

function connectionOf(
  { dstIP, dstPort, protocol = '' }: Readonly<Record<string, string>>,
  { src_ip, src_port }: Alert['arguments'],
): Json {
  const number = PROTOCOL_NUMBER[protocol];
  return {
    dst_endpoint: { ip: dstIP, port: Number(dstPort) },
    ...(src_ip !== undefined && { src_endpoint: { ip: src_ip, port: src_port } }),
    connection_info: {
      direction_id: 0,
      direction: 'Unknown',
      protocol_name: protocol.toLowerCase(),
      ...(number !== undefined && { protocol_num: number }),
    },
  };
}
