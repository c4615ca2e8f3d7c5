/** Which operation a request is. */
import type { Operation } from "./api.ts";

export interface Route {
  readonly operation: Operation;
  readonly bucket: string;
  readonly object: string;
  readonly rest: string;
}

/** The permission that the service asks for; operations without one are open, or guarded by what stands in their URL. */
export const permissions: Readonly<Partial<Record<Operation, string>>> = {
  "buckets.list": "storage.buckets.list",
  "buckets.insert": "storage.buckets.create",
  "buckets.get": "storage.buckets.get",
  "buckets.patch": "storage.buckets.update",
  "buckets.delete": "storage.buckets.delete",
  "buckets.testPermissions": "",
  "objects.list": "storage.objects.list",
  "objects.get": "storage.objects.get",
  "objects.media": "storage.objects.get",
  "objects.insert": "storage.objects.create",
  "objects.patch": "storage.objects.update",
  "objects.delete": "storage.objects.delete",
  "objects.compose": "storage.objects.create",
  "objects.rewrite": "storage.objects.create",
  "resumable.start": "storage.objects.create",
};

/** Query parameters that a request may have; another one is a mistake of the client. */
export const knownParameters: ReadonlySet<string> = new Set([
  ...["alt", "fields", "prettyPrint", "projection", "userProject", "project", "quotaUser", "key"],
  ...["prefix", "delimiter", "maxResults", "pageToken", "startOffset", "endOffset", "versions", "matchGlob"],
  ...["ifGenerationMatch", "ifGenerationNotMatch", "ifMetagenerationMatch", "ifMetagenerationNotMatch", "generation"],
  ...["ifSourceGenerationMatch", "rewriteToken", "name", "uploadType", "upload_id", "contentEncoding"],
  ...["predefinedAcl", "predefinedDefaultObjectAcl", "kmsKeyName", "permissions", "includeTrailingDelimiter"],
]);

export function routeOf(method: string, url: URL, contentRange: string | undefined): Route {
  const route = (operation: Operation, bucket = "", object = "", rest = ""): Route => ({
    operation,
    bucket: decodeURIComponent(bucket),
    object: decodeURIComponent(object),
    rest,
  });
  const { pathname } = url;
  if (pathname === "/token") return route("token");
  if (pathname.startsWith("/control/")) return route("control", "", "", pathname.slice("/control/".length));
  const [, bare] = /^\/bare\/(.+)$/.exec(pathname) ?? [];
  if (bare !== undefined) return route("bare", "", bare);
  const [, uploadBucket] = /^\/(?:resumable\/)?upload\/storage\/v1\/b\/([^/]+)\/o$/.exec(pathname) ?? [];
  if (uploadBucket !== undefined) return route(uploadOf(method, url, contentRange), uploadBucket);
  if (url.searchParams.has("X-Goog-Signature")) {
    const [, bucket, object] = /^\/([^/]+)\/(.+)$/.exec(pathname) ?? [];
    return route(method === "GET" && object !== undefined ? "signed.read" : "unknown", bucket, object);
  }
  const path = /^(?:\/download)?\/storage\/v1\/b(?:\/([^/]+)(?:\/(o|iam)(?:\/([^/]+)(?:\/(.+))?)?)?)?$/.exec(pathname);
  if (path === null) return route("unknown");
  const [, bucket, kind, object, rest = ""] = path;
  const key = [method, bucket && "b", kind, object && kind === "o" && "o", rest.split("/")[0]]
    .filter(Boolean)
    .join(" ");
  const isMedia = url.searchParams.get("alt") === "media";
  const operation: Operation | undefined = (
    {
      GET: "buckets.list",
      POST: "buckets.insert",
      "GET b": "buckets.get",
      "PATCH b": "buckets.patch",
      "DELETE b": "buckets.delete",
      "GET b iam": "buckets.testPermissions",
      "GET b o": "objects.list",
      "GET b o o": isMedia ? "objects.media" : "objects.get",
      "PATCH b o o": "objects.patch",
      "DELETE b o o": "objects.delete",
      "POST b o o compose": "objects.compose",
      "POST b o o rewriteTo": "objects.rewrite",
    } as const satisfies Record<string, Operation>
  )[key];
  return route(operation ?? "unknown", bucket, object, rest);
}

function uploadOf(method: string, url: URL, contentRange: string | undefined): Operation {
  const type = url.searchParams.get("uploadType");
  if (type !== "resumable") return method === "POST" ? "objects.insert" : "unknown";
  if (!url.searchParams.has("upload_id")) return method === "POST" ? "resumable.start" : "unknown";
  if (method === "DELETE") return "resumable.cancel";
  return contentRange?.startsWith("bytes */") ? "resumable.status" : "resumable.write";
}
