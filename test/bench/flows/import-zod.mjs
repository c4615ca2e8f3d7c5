import { z } from "zod";

z.object({ n: z.number() });
